import { z } from 'zod'
import { DataKind } from '../../contract/index.ts'

/** Inputs that several tools take. */
const time = (what: string) => z.string().min(1).max(40).optional().describe(what)

export const which = {
  backup: z
    .string()
    .min(1)
    .max(120)
    .optional()
    .describe('Id of a backup, the unique beginning of one, or "latest" (the default).'),
  at: time('Instead of an id: the newest backup made up to this time (ISO 8601, e.g. 2026-03-31T18:00:00Z).'),
}

export const backupRange = {
  plan: z.string().max(120).optional().describe('Only backups of this plan: its name or id.'),
  source: z.string().max(1_000).optional().describe('Only backups of a source path that has this text.'),
  from: time('Only backups made at or after this time (ISO 8601).'),
  to: time('Only backups made at or before this time (ISO 8601).'),
}

export const path = z
  .string()
  .min(1)
  .max(32_768)
  .describe('Path inside the backup, exactly as find_files shows it, or a name that describe_data lists.')

export const as = DataKind.optional().describe(
  'How to understand the file, where its name does not say so: json, ndjson, csv, text or bytes.',
)

export const limit = (most: number, usual: number, what: string) =>
  z.int().min(1).max(most).default(usual).describe(what)

export const offset = (what: string) => z.int().min(0).default(0).describe(what)

export const truncated = z.boolean().describe('There is more than this answer holds.')
export const nextOffset = z.int().optional().describe('Where to go on; absent at the end.')

/** Which backup a call means; the contract has its own word for the newest. */
export function whichOf({
  backup,
  at,
}: {
  readonly backup?: string | undefined
  readonly at?: string | undefined
}) {
  return { ...(backup !== undefined && { backup }), ...(at !== undefined && { at }) }
}

/** Without what was not given. */
export function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}
