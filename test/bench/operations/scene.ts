import type { Ground } from '../ground.ts'
import type { Results } from '../results.ts'
import type { Tool } from '../tools/tool.ts'
import type { Selection } from './selection.ts'

/** What every measurement works with. */
export interface Scene {
  readonly tools: readonly Tool[]
  readonly ground: Ground
  readonly results: Results
  readonly selection: Selection
}

/** The message of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
