import type { BackupRow } from '../../../model/backup.ts'
import { asEverstowError, type EverstowError } from '../../../model/errors.ts'
import type { Asker, DataDeps } from '../asked.ts'
import { fileAt, kindOfFile } from '../data-file.ts'
import type { MatchesResult } from '../jobs/do-job.ts'
import type { DataKind } from '../kinds.ts'
import { isGlob, patternOf } from '../path-patterns.ts'
import { whichBackup } from '../which-backups.ts'
import { work } from '../work.ts'
import { filesOfBackup, shownKind } from './find-data-files.ts'
import { type FileAsked, openData } from './read-data.ts'

export interface QueryAsked extends FileAsked {
  readonly select: string
  readonly limit: number
  readonly maxBytes: number
}

export interface QueryResult {
  readonly backup: BackupRow
  readonly matches: readonly { readonly path: string; readonly pointer: string; readonly value: unknown }[]
  readonly truncated: boolean
  readonly unread: readonly { readonly path: string; readonly code: string }[]
}

/** A glob is followed into so many files at most. */
const MOST_FILES = 10_000
/** Of one file the rest can be told; these end everything. */
const ENDING: ReadonlySet<EverstowError['code']> = new Set(['cancelled', 'budget-exceeded', 'invalid-input'])

/** Everything that a selector finds in a file, or in all files of a glob. */
export async function queryData(deps: DataDeps, asker: Asker, asked: QueryAsked): Promise<QueryResult> {
  const backup = await whichBackup(deps, asker, asked)
  if (!isGlob(asked.path)) {
    const { file, kind } = await openData(deps, asker, { ...asked, backup: backup.id })
    const { matches, truncated } = await work<MatchesResult>(deps, asker, [file], jobOf(kind, asked))
    return { backup, matches: matches.map((match) => ({ path: file.path, ...match })), truncated, unread: [] }
  }
  return queryGlob(deps, asker, backup, asked)
}

function jobOf(kind: DataKind, { select, limit, maxBytes }: Omit<QueryAsked, 'path'>) {
  return { op: 'matches', kind, select, limit, maxBytes } as const
}

async function queryGlob(
  deps: DataDeps,
  asker: Asker,
  backup: BackupRow,
  asked: QueryAsked,
): Promise<QueryResult> {
  const { files, truncated } = await filesOfBackup(deps, asker, backup, {
    folder: '',
    name: patternOf(asked.path),
    limit: MOST_FILES,
  })
  const isData = (path: string): boolean =>
    asked.as !== undefined || !['text', 'bytes'].includes(shownKind(path))
  const found: { path: string; pointer: string; value: unknown }[] = []
  const unread: { path: string; code: string }[] = []
  let bytes = 0
  for (const { path } of files.filter((file) => isData(file.path))) {
    const rest = { limit: asked.limit - found.length, maxBytes: asked.maxBytes - bytes }
    if (rest.limit <= 0 || rest.maxBytes <= 0) return { backup, matches: found, truncated: true, unread }
    try {
      const file = await fileAt(deps, asker, backup, path)
      const job = jobOf(await kindOfFile(deps, asker, file, asked.as), { ...asked, ...rest })
      const result = await work<MatchesResult>(deps, asker, [file], job)
      found.push(...result.matches.map((match) => ({ path, ...match })))
      bytes += result.matches.reduce((sum, match) => sum + Buffer.byteLength(JSON.stringify(match)), 0)
      if (result.truncated) return { backup, matches: found, truncated: true, unread }
    } catch (caught) {
      const error = asEverstowError(caught)
      if (ENDING.has(error.code)) throw error
      unread.push({ path, code: error.code })
      // What takes for ever in one file does so in the next.
      if (error.code === 'data-too-hard') return { backup, matches: found, truncated: true, unread }
    }
  }
  return { backup, matches: found, truncated, unread }
}
