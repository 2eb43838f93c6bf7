import type { Tool } from '../tool.ts'
import { backupTools } from './backups.ts'
import { contentTools } from './contents.ts'
import { dataTools } from './data.ts'
import { fileTools } from './files.ts'

/** Every tool, in the order in which models are told of them. */
export const tools: readonly Tool[] = [...backupTools, ...fileTools, ...dataTools, ...contentTools]
