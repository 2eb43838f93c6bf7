import type { Asker, DataDeps } from '../asked.ts'
import { type DataFile, kindOfFile, piecesOf } from '../data-file.ts'
import type { DiffResult } from '../jobs/do-job.ts'
import type { DataKind } from '../kinds.ts'
import { whichBackup } from '../which-backups.ts'
import { work } from '../work.ts'
import { fileNamed } from './find-sources.ts'
import type { DataRead } from './read-data.ts'

export interface DiffAsked {
  readonly from: string
  readonly to: string
  readonly path: string
  readonly toPath?: string | undefined
  readonly pointer: string
  readonly as?: DataKind | undefined
  readonly limit: number
  readonly maxBytes: number
}

export interface DataDiff extends DiffResult {
  readonly from: DataRead
  readonly to: DataRead
  readonly kind: DataKind
  readonly equal: boolean
}

const NO_CHANGES: DiffResult = { added: 0, removed: 0, changed: 0, moved: 0, changes: [], truncated: false }

/** What changed in a file from one backup to another. */
export async function diffData(deps: DataDeps, asker: Asker, asked: DiffAsked): Promise<DataDiff> {
  const from = await readOf(deps, asker, asked, asked.from, asked.path)
  const to = await readOf(deps, asker, asked, asked.to, asked.toPath ?? asked.path)
  const kind = commonKind(from.kind, to.kind)
  const ends = { from, to, kind }
  if (from.file.facts.content === to.file.facts.content) return { ...ends, ...NO_CHANGES, equal: true }
  if (kind === 'bytes')
    return { ...ends, ...NO_CHANGES, equal: await haveSameBytes(deps, asker, from.file, to.file) }
  const { pointer, limit, maxBytes } = asked
  const job = { op: 'diff', kind, pointer, limit, maxBytes } as const
  const result = await work<DiffResult>(deps, asker, [from.file, to.file], job)
  return { ...ends, ...result, equal: result.added + result.removed + result.changed + result.moved === 0 }
}

async function readOf(
  deps: DataDeps,
  asker: Asker,
  { as }: DiffAsked,
  id: string,
  path: string,
): Promise<DataRead> {
  const file = await fileNamed(deps, asker, await whichBackup(deps, asker, { backup: id }), path)
  return { file, kind: await kindOfFile(deps, asker, file, as) }
}

/** Two kinds of letters are compared as letters. */
function commonKind(one: DataKind, other: DataKind): DataKind {
  if (one === other) return one
  return one === 'bytes' || other === 'bytes' ? 'bytes' : 'text'
}

async function haveSameBytes(deps: DataDeps, asker: Asker, one: DataFile, other: DataFile): Promise<boolean> {
  if (one.facts.sizeBytes !== other.facts.sizeBytes) return false
  const others = piecesOf(deps, asker, other)
  for await (const piece of piecesOf(deps, asker, one)) {
    const { value } = await others.next()
    if (!value || Buffer.compare(piece, value) !== 0) return false
  }
  return true
}
