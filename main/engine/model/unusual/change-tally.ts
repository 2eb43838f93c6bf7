import { endingOf, isKnownEnding } from './file-endings.ts'
import type { ChangeFacts } from './unusual-change.ts'

/** A file that differs between two backups. */
export interface ChangedFile {
  readonly change: 'added' | 'removed' | 'changed'
  readonly path: string
  /** The same for equal content; empty for a file without any. */
  readonly contentId: string
  /** When the file was last written, where it is there now. */
  readonly writtenMs: number | undefined
}

/** A file as it was called before and is called now. */
export interface NamePair {
  readonly before: string
  readonly after: string
}

/** What a difference comes to, and which files are worth to be read. */
export interface ChangeTally
  extends Pick<ChangeFacts, 'changed' | 'removed' | 'added' | 'shifted' | 'sameEnding' | 'canariesTouched'> {
  readonly sample: readonly NamePair[]
  /** When the files that are there now were written, earliest and latest; undefined where most bear no time of these days. */
  readonly written: { readonly firstMs: number; readonly lastMs: number } | undefined
}

/** Files of which both beginnings are read. */
const SAMPLE = 24
/** Names kept for each kind of change: enough to judge by, and no more memory than a small program takes. */
const MOST_NAMES = 50_000

/** Sums up a difference in one pass. `sinceMs`: when the earlier backup was made. `isCanary`: whether a path is a document nobody has reason to touch. */
export async function tallyChanges(
  files: AsyncIterable<ChangedFile>,
  sinceMs: number,
  isCanary: (path: string) => boolean,
): Promise<ChangeTally> {
  const counts = { added: 0, removed: 0, changed: 0 }
  const gone: ChangedFile[] = []
  const fresh: ChangedFile[] = []
  const kept: Record<ChangedFile['change'], ChangedFile[]> = { removed: gone, added: fresh, changed: [] }
  const written = { count: 0, firstMs: Number.POSITIVE_INFINITY, lastMs: Number.NEGATIVE_INFINITY }
  let canariesTouched = 0
  for await (const file of files) {
    if (isCanary(file.path)) {
      if (file.change !== 'added') canariesTouched++
      continue
    }
    counts[file.change]++
    const { writtenMs } = file
    if (writtenMs !== undefined && writtenMs >= sinceMs) {
      written.count++
      written.firstMs = Math.min(written.firstMs, writtenMs)
      written.lastMs = Math.max(written.lastMs, writtenMs)
    }
    const names = kept[file.change]
    if (names.length < MOST_NAMES) names.push(file)
  }
  const { left, came, moved } = withoutMoved(gone, fresh)
  const seen = new Set([...gone, ...kept.changed].map(({ path }) => endingOf(path)))
  const isUnknown = (path: string) => !isKnownEnding(endingOf(path)) && !seen.has(endingOf(path))
  const pairs = pairsOf(left, came)
  const shifted = pairs.filter(({ after }) => isUnknown(after))
  const paired = new Set(pairs.flatMap(({ before, after }) => [before, after]))
  const replaced = inSameFolder(
    left.filter(({ path }) => !paired.has(path)),
    came.filter(({ path }) => !paired.has(path)),
  )
  const changed = kept.changed.map(({ path }) => ({ before: path, after: path }))
  const removed = counts.removed - moved
  return {
    changed: counts.changed,
    removed,
    added: counts.added - moved,
    shifted: shifted.length,
    sameEnding: mostAlike(came.map(({ path }) => path).filter(isUnknown)),
    canariesTouched,
    sample: evenly([...changed, ...pairs, ...replaced], SAMPLE),
    written: written.count * 2 >= counts.changed + removed && written.count > 0 ? written : undefined,
  }
}

/** What is gone and what is new, without what only lies elsewhere or is called otherwise. */
function withoutMoved(gone: readonly ChangedFile[], fresh: readonly ChangedFile[]) {
  const waiting = new Map<string, number>()
  for (const { contentId } of gone) if (contentId) waiting.set(contentId, (waiting.get(contentId) ?? 0) + 1)
  const found = new Map<string, number>()
  const take = (from: Map<string, number>, contentId: string): boolean => {
    const count = from.get(contentId) ?? 0
    if (count > 0) from.set(contentId, count - 1)
    return count > 0
  }
  const came = fresh.filter(({ contentId }) => {
    if (!take(waiting, contentId)) return true
    found.set(contentId, (found.get(contentId) ?? 0) + 1)
    return false
  })
  const left = gone.filter(({ contentId }) => !take(found, contentId))
  return { left, came, moved: gone.length - left.length }
}

/** Files that are gone while one of the same name is there with another ending, or with one more. */
function pairsOf(left: readonly ChangedFile[], came: readonly ChangedFile[]): NamePair[] {
  const byStem = new Map(came.map(({ path }) => [stemOf(path), path]))
  return left.flatMap(({ path }) => {
    const after = byStem.get(path) ?? byStem.get(stemOf(path))
    return after === undefined ? [] : [{ before: path, after }]
  })
}

/** What is gone from a folder beside what came into it, in their order: names may have been replaced altogether. */
function inSameFolder(left: readonly ChangedFile[], came: readonly ChangedFile[]): NamePair[] {
  const byFolder = Map.groupBy(came, ({ path }) => folderOf(path))
  return left.flatMap(({ path }) => {
    const next = byFolder.get(folderOf(path))?.shift()
    return next ? [{ before: path, after: next.path }] : []
  })
}

function mostAlike(paths: readonly string[]): number {
  const counts = Map.groupBy(paths, endingOf)
  counts.delete('')
  return Math.max(0, ...[...counts.values()].map(({ length }) => length))
}

function evenly<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list]
  return Array.from({ length: count }, (_, at) => list[Math.floor((at * list.length) / count)] as T)
}

function stemOf(path: string): string {
  const ending = endingOf(path)
  return ending === '' ? path : path.slice(0, -ending.length - 1)
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}
