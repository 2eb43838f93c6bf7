import { inParallel } from '../../../env/in-parallel.ts'
import type { BackupRow } from '../../../model/backup.ts'
import { asEverstowError, type EverstowError, hasCode } from '../../../model/errors.ts'
import type { Asker, BackupRange, DataDeps } from '../asked.ts'
import { type DataFile, fileAt, kindOfFile } from '../data-file.ts'
import type { SelectResult } from '../jobs/do-job.ts'
import type { DataKind } from '../kinds.ts'
import { canonical } from '../values/canonical.ts'
import type { JsonValue } from '../values/json.ts'
import { visibleBackups } from '../which-backups.ts'
import { work } from '../work.ts'
import { fileNamed } from './find-sources.ts'

export interface SeriesAsked extends BackupRange {
  readonly path: string
  readonly select: string
  readonly as?: DataKind | undefined
  readonly limit: number
  readonly changesOnly: boolean
  readonly maxBytes: number
}

/** The value at one backup. */
export interface SeriesPoint {
  readonly backup: BackupRow
  readonly state: 'found' | 'missing' | 'error'
  readonly value?: unknown
  readonly code?: string
  /** Differs from the point before. */
  readonly changed: boolean
}

type Point = Omit<SeriesPoint, 'changed'>

/** What the points of one series have in common. */
interface Course {
  /** What was selected in content that several backups have. */
  readonly same: Map<string, Promise<SelectResult>>
  /** That there was no more to take. */
  readonly spent: EverstowError[]
}

/** Places answer several at once; more would only take memory. */
const BACKUPS_AT_ONCE = 16
/** All values together; beyond it older ones are not given. */
const MOST_BYTES = 16 * 1024 * 1024

/** How a value developed over backups, oldest first. */
export async function dataSeries(
  deps: DataDeps,
  asker: Asker,
  asked: SeriesAsked,
): Promise<{ readonly points: SeriesPoint[]; readonly truncated: boolean }> {
  const { plan, source, fromMs, toMs, limit } = asked
  const newest: BackupRow[] = []
  for await (const backup of visibleBackups(deps, asker, { plan, source, fromMs, toMs })) {
    newest.push(backup)
    if (newest.length > limit) break
  }
  const backups = newest.slice(0, limit)
  const path = backups[0] ? await pathIn(deps, asker, backups[0], asked.path) : asked.path
  const course: Course = { same: new Map(), spent: [] }
  const points = new Array<Point>(backups.length)
  await inParallel(backups.entries(), BACKUPS_AT_ONCE, async ([at, backup]) => {
    points[at] = await pointAt(deps, asker, backup, { ...asked, path }, course)
  })
  const [spent] = course.spent
  if (spent && !points.some(({ state }) => state === 'found')) throw spent
  const all = withChanges(withinBytes(points).toReversed())
  return {
    points: asked.changesOnly ? all.filter(({ changed }, at) => changed || at === 0) : all,
    truncated: newest.length > limit,
  }
}

/** A name is what it is in the newest backup; a path may be of one that only older ones have. */
async function pathIn(deps: DataDeps, asker: Asker, backup: BackupRow, path: string): Promise<string> {
  try {
    return (await fileNamed(deps, asker, backup, path)).path
  } catch (error) {
    if (hasCode(error, 'name-ambiguous') || hasCode(error, 'cancelled')) throw error
    return path
  }
}

async function pointAt(
  deps: DataDeps,
  asker: Asker,
  backup: BackupRow,
  { path, select, as, maxBytes }: SeriesAsked,
  { same, spent }: Course,
): Promise<Point> {
  try {
    const file = await fileAt(deps, asker, backup, path)
    const kind = await kindOfFile(deps, asker, file, as)
    const { found, value } = await selectOnce(deps, asker, file, { op: 'select', kind, select }, same)
    if (!found) return { backup, state: 'missing' }
    const isLarge = Buffer.byteLength(JSON.stringify(value)) > maxBytes
    return isLarge ? { backup, state: 'error', code: 'data-too-large' } : { backup, state: 'found', value }
  } catch (caught) {
    const error = asEverstowError(caught)
    if (error.code === 'budget-exceeded') spent.push(error)
    const isAsked = error.code === 'invalid-input' && error.data.field === 'path'
    if (error.code === 'cancelled' || (error.code === 'invalid-input' && !isAsked)) throw error
    return isAsked ? { backup, state: 'missing' } : { backup, state: 'error', code: error.code }
  }
}

/** Equal content is read, and counted, once for all backups. */
function selectOnce(
  deps: DataDeps,
  asker: Asker,
  file: DataFile,
  job: { readonly op: 'select'; readonly kind: DataKind; readonly select: string },
  same: Course['same'],
): Promise<SelectResult> {
  const known = same.get(file.facts.content)
  if (known) return known
  const coming = work<SelectResult>(deps, asker, [file], job)
  same.set(file.facts.content, coming)
  return coming
}

function withinBytes(newestFirst: readonly Point[]): Point[] {
  let bytes = 0
  return newestFirst.map((point) => {
    if (point.state !== 'found') return point
    bytes += Buffer.byteLength(JSON.stringify(point.value))
    return bytes <= MOST_BYTES ? point : { backup: point.backup, state: 'error', code: 'data-too-large' }
  })
}

function withChanges(points: readonly Point[]): SeriesPoint[] {
  let before: string | undefined
  return points.map((point) => {
    const { state, code } = point
    const now = state === 'found' ? canonical(point.value as JsonValue) : `${state} ${code ?? ''}`
    const changed = before !== undefined && now !== before
    before = now
    return { ...point, changed }
  })
}
