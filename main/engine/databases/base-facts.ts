import { join } from 'node:path'
import * as z from 'zod'
import { listBackups } from '../catalogue/backups.ts'
import type { BackupRow } from '../model/backup.ts'
import { asEverstowError } from '../model/errors.ts'
import { parseBoundedJson } from '../repository/format/json-fields.ts'
import type { ArchivedBase } from '../sources/postgres/wal/archived.ts'
import { parseLsn } from '../sources/postgres/wal/lsn.ts'
import type { DatabaseDeps } from './deps.ts'

/** In the snapshot of a base backup: this folder holds the cluster's files in `data` and what is known of them in a file of its own. */
export const BASE_FOLDER = 'base'
export const DATA_FOLDER = 'data'
export const BASE_FACTS_FILE = 'everstow-base.json'

const lsnField = z.string().refine((text) => parseLsn(text) !== undefined)

const BaseSchema = z.object({
  version: z.literal(1),
  databaseId: z.string().min(1),
  name: z.string(),
  systemId: z.string(),
  /** e.g. 150018 */
  serverVersion: z.int(),
  segmentBytes: z.int(),
  timeline: z.int().positive(),
  startLsn: lsnField,
  endLsn: lsnField,
  /** When it was done, by the server's clock, milliseconds since 1970. */
  endMs: z.int(),
})

/** What is known of a base backup. */
export type BaseFacts = z.infer<typeof BaseSchema>

/** A base backup in the catalogue. */
export interface KnownBase {
  readonly backup: BackupRow
  readonly facts: BaseFacts
}

const LARGEST_BYTES = 64 * 1024
const MOST_BASES = 10_000

export function encodeBaseFacts(facts: BaseFacts): string {
  return `${JSON.stringify(BaseSchema.parse(facts), null, 2)}\n`
}

/** Reads a file of a snapshot. */
export type ReadFile = (
  backup: BackupRow,
  path: string,
  offset: number,
  length: number,
) => Promise<{ readonly bytes: Uint8Array }>

/** The base backups of a database, oldest first. What they say of themselves lies in their snapshots and is remembered here. */
export async function basesOf(
  { workspace }: DatabaseDeps,
  readFile: ReadFile,
  databaseId: string,
): Promise<KnownBase[]> {
  const { env, paths, database } = workspace
  const folder = join(paths.home, 'cache', 'bases')
  const { backups } = listBackups(database, { limit: MOST_BASES, offset: 0, planId: databaseId })
  const bases: KnownBase[] = []
  for (const backup of backups) {
    // One without all of its files is none.
    if (backup.state !== 'complete' || backup.format !== 'snapshot') continue
    const facts = await factsOf(backup)
    if (facts && facts.databaseId === databaseId) bases.push({ backup, facts })
  }
  return bases.sort((a, b) => a.facts.endMs - b.facts.endMs)

  async function factsOf(backup: BackupRow): Promise<BaseFacts | undefined> {
    const cached = join(folder, `${backup.sha256}.json`)
    if (await env.files.stat(cached)) {
      const facts = parse(await env.files.readFile(cached))
      if (facts) return facts
    }
    try {
      const path = `${BASE_FOLDER}/${BASE_FACTS_FILE}`
      const { bytes } = await readFile(backup, path, 0, LARGEST_BYTES)
      const facts = parse(bytes)
      if (!facts) return undefined
      await env.files.mkdir(folder, { mode: 0o700 })
      await env.files.writeAtomic(cached, bytes, { mode: 0o600 })
      return facts
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      env.log.area('databases').warn('base backup cannot be read now', { backup: backup.id, error })
      return undefined
    }
  }
}

function parse(bytes: Uint8Array): BaseFacts | undefined {
  const facts = BaseSchema.safeParse(parseBoundedJson(bytes, LARGEST_BYTES))
  return facts.success ? facts.data : undefined
}

/** A base backup as coverage counts it. */
export function archivedBase({ backup, facts }: KnownBase): ArchivedBase {
  return {
    id: backup.id,
    timeline: facts.timeline,
    startLsn: parseLsn(facts.startLsn) ?? 0n,
    endLsn: parseLsn(facts.endLsn) ?? 0n,
    endMs: facts.endMs,
  }
}
