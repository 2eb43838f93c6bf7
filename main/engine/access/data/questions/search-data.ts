import type { BackupRow } from '../../../model/backup.ts'
import { asEverstowError, hasCode } from '../../../model/errors.ts'
import type { Asker, BackupRange, DataDeps, Which } from '../asked.ts'
import { fileAt, kindOfFile } from '../data-file.ts'
import { kindOfName } from '../kinds.ts'
import { type PathPattern, pathFilter } from '../path-patterns.ts'
import type { FoundLine } from '../values/find-text.ts'
import { whichBackup } from '../which-backups.ts'
import { work } from '../work.ts'
import { type FoundFile, filesAnywhere, filesOfBackup } from './find-data-files.ts'

export interface SearchAsked extends BackupRange {
  readonly text: string
  readonly in: 'names' | 'contents'
  /** Contents: the newest where none is named; names: all. */
  readonly backup?: string | undefined
  readonly atMs?: number | undefined
  readonly name?: PathPattern | undefined
  readonly limit: number
}

export interface SearchHit {
  readonly path: string
  readonly backup: BackupRow
  readonly sizeBytes: number
  readonly line?: number
  readonly excerpt?: string
}

export interface SearchResult {
  readonly hits: readonly SearchHit[]
  /** There is more: hits, or contents that were not looked through. */
  readonly truncated: boolean
  /** Names: places that did not answer. */
  readonly unsearched: number
}

const MOST_FILES = 10_000
const MOST_BYTES = 512 * 1024 * 1024
const MOST_MS = 20_000
/** What has no name that tells is looked into only where it is small. */
const UNNAMED_BYTES = 1024 * 1024

/** Files whose name or content has a text, whatever its case. */
export async function searchData(deps: DataDeps, asker: Asker, asked: SearchAsked): Promise<SearchResult> {
  const which = whichOf(asked)
  if (asked.in === 'contents')
    return searchContents(
      deps,
      asker,
      await whichBackup(deps, asker, which ?? { backup: 'latest' }, asked),
      asked,
    )
  const query = { ...asked, folder: '', name: { text: asked.text, isLiteral: true }, limit: MOST_FILES }
  const { files, truncated, unsearched } = which
    ? await filesOfBackup(deps, asker, await whichBackup(deps, asker, which, asked), query)
    : await filesAnywhere(deps, asker, query)
  const hits = files.filter(({ path }) => pathFilter(asked.name)(path))
  return {
    hits: hits.slice(0, asked.limit).map(({ path, backup, sizeBytes }) => ({ path, backup, sizeBytes })),
    truncated: truncated || hits.length > asked.limit,
    unsearched,
  }
}

/** A time alone means the newest backup up to then. */
function whichOf({ backup, atMs }: SearchAsked): Which | undefined {
  if (backup === undefined && atMs === undefined) return undefined
  return { backup: backup ?? 'latest', atMs }
}

async function searchContents(
  deps: DataDeps,
  asker: Asker,
  backup: BackupRow,
  { text, name, limit }: SearchAsked,
): Promise<SearchResult> {
  const { clock } = deps.workspace.env
  const { files, truncated } = await filesOfBackup(deps, asker, backup, {
    folder: '',
    name,
    limit: MOST_FILES,
  })
  const hits: SearchHit[] = []
  const endMs = clock.monotonicMs() + MOST_MS
  let bytes = 0
  let isCut = truncated
  for (const file of files) {
    if (hits.length > limit) break
    if (clock.monotonicMs() > endMs || bytes + file.sizeBytes > MOST_BYTES) {
      isCut = true
      break
    }
    if (!mayHaveText(file)) continue
    bytes += file.sizeBytes
    try {
      const found = await linesIn(deps, asker, file, text, limit - hits.length + 1)
      hits.push(...found.map((line) => ({ path: file.path, backup, sizeBytes: file.sizeBytes, ...line })))
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled' || (error.code === 'budget-exceeded' && hits.length === 0)) throw error
      isCut = true
      if (hasCode(error, 'budget-exceeded')) break
    }
  }
  return { hits: hits.slice(0, limit), truncated: isCut || hits.length > limit, unsearched: 0 }
}

const mayHaveText = ({ path, sizeBytes }: FoundFile): boolean =>
  kindOfName(path) !== undefined || sizeBytes <= UNNAMED_BYTES

async function linesIn(
  deps: DataDeps,
  asker: Asker,
  { backup, path }: FoundFile,
  text: string,
  limit: number,
): Promise<readonly FoundLine[]> {
  const file = await fileAt(deps, asker, backup, path)
  if ((await kindOfFile(deps, asker, file)) === 'bytes') return []
  return work<readonly FoundLine[]>(deps, asker, [file], { op: 'find-text', text, limit })
}
