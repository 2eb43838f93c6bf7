import type { Held } from './long-run-child.ts'

/** What a computer held at a rest. */
export type Rest = Held & { readonly bytes: Readonly<Record<string, number>> }
export type Sample = Readonly<Record<'ada' | 'ben', Rest>>

/** How far anything may have grown between the first quarter and the end. */
const MOST_GROWTH = 1.1
/** Their bounds are far away, and tested elsewhere: 256 MiB and 15 MB. */
const BOUNDED: readonly string[] = ['audit', 'logs']
/** So many days are kept of what happened, and grow until then: files are judged in runs whose first quarter ends later. */
const HISTORY_DAYS = 35
/** Fewer rests say nothing. */
const LEAST_SAMPLES = 12

/**
 * Of rests at the end of each day: holds the last eighth of a life against the second half of its first quarter, by medians: memory grows by a tenth at the most, and of what is counted there is
 * not one more at the end than there was at some time before. Gives the figures.
 */
export function judgeGrowth(
  samples: readonly Sample[],
  problem: (text: string) => void,
): Record<string, number> {
  if (samples.length < LEAST_SAMPLES) {
    problem(`only ${samples.length} rests, too few to judge by`)
    return {}
  }
  const early = samples.slice(Math.floor(samples.length / 8), Math.ceil(samples.length / 4))
  const late = samples.slice(-Math.ceil(samples.length / 8))
  const isSettled = Math.floor(samples.length / 8) >= HISTORY_DAYS
  const figures: Record<string, number> = {}
  for (const who of ['ada', 'ben'] as const)
    for (const [name, { isCount, isOnDisk, of }] of Object.entries(kindsIn(samples, who))) {
      const was = early.map((each) => of(each[who]))
      const is = late.map((each) => of(each[who]))
      const [before, after] = [median(was), median(is)]
      figures[`${who}.${name}.before`] = before
      figures[`${who}.${name}.after`] = after
      const hasGrown = isCount ? Math.min(...is) > Math.max(...was) : after > before * MOST_GROWTH
      if (hasGrown && (isSettled || !isOnDisk)) problem(`${who}: ${name} grew from ${before} to ${after}`)
    }
  return figures
}

interface Kind {
  /** Whole things, not bytes. */
  readonly isCount: boolean
  readonly isOnDisk?: boolean
  of(rest: Rest): number
}

function kindsIn(samples: readonly Sample[], who: 'ada' | 'ben'): Record<string, Kind> {
  const kinds: Record<string, Kind> = {}
  for (const name of ['heapBytes', 'buffersBytes', 'residentBytes'] as const)
    kinds[name] = { isCount: false, of: (rest) => rest[name] }
  for (const name of ['files', 'threads', 'children'] as const)
    kinds[name] = { isCount: true, of: (rest) => rest[name] }
  for (const rest of samples.map((each) => each[who])) {
    for (const name of Object.keys(rest.resources))
      kinds[name] = { isCount: true, of: ({ resources }) => resources[name] ?? 0 }
    for (const name of Object.keys(rest.bytes).filter((each) => !BOUNDED.includes(each)))
      kinds[`${name} on disk`] = { isCount: false, isOnDisk: true, of: ({ bytes }) => bytes[name] ?? 0 }
  }
  return kinds
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
