import type { RetentionPreview } from '../../../main/contract/index.ts'

type Entry = RetentionPreview['places'][number]['entries'][number]

/** Neighbouring snapshots in one cell of the strip. */
export interface StripCell {
  readonly from: string
  readonly to: string
  readonly count: number
  readonly kept: number
}

/** More would be too thin to see; ten thousand snapshots are drawn as fast as a hundred. */
export const MAX_CELLS = 72

/** Snapshots as at most so many cells of about equally many, oldest first. */
export function cellsOf(entries: readonly Entry[]): StripCell[] {
  const oldestFirst = entries.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
  const cells = Math.min(MAX_CELLS, oldestFirst.length)
  return Array.from({ length: cells }, (_, index) => {
    const start = Math.floor((index * oldestFirst.length) / cells)
    const end = Math.floor(((index + 1) * oldestFirst.length) / cells)
    const group = oldestFirst.slice(start, end)
    return {
      from: group[0]?.createdAt ?? '',
      to: group.at(-1)?.createdAt ?? '',
      count: group.length,
      kept: group.filter((entry) => entry.keep).length,
    }
  })
}
