import type { Held } from './long-run-child.ts'

/** What a computer held at a rest. */
export type Rest = Held & { readonly bytes: Readonly<Record<string, number>> }
export type Sample = Readonly<Record<'ada' | 'ben', Rest>>

/** How far anything may have grown between the first quarter and the end. */
const MOST_GROWTH = 1.1
/**
 * Not judged. The bounds of `audit` and `logs` are far away, and tested elsewhere: 256 MiB and 15 MB. The log of a repository is never shortened, and each computer keeps
 * what it has read of it.
 */
const NOT_JUDGED: readonly string[] = ['audit', 'logs', 'repository-log']
/** SQLite's own journals grow to so much before they are written over: less is no growth on a disk. */
const JOURNAL_BYTES = 4 * 1024 * 1024
/** So many days are kept of what happened, and grow until then: files are judged from there on, in runs that are twice as long. */
const HISTORY_DAYS = 35
/** Fewer rests say nothing. */
const LEAST_SAMPLES = 12

/**
 * Of rests at the end of each day: holds the last eighth of a life against the second half of its first quarter, by medians: memory grows by a tenth at the most, and of what is counted there is
 * not one more at the end than there was at some time before. What lies on the disk is held against as many rests after its history was full. Gives the figures.
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
  const full = samples.slice(HISTORY_DAYS, HISTORY_DAYS + late.length)
  const isSettled = samples.length >= 2 * HISTORY_DAYS
  const figures: Record<string, number> = {}
  for (const who of ['ada', 'ben'] as const)
    for (const [name, { isCount, isOnDisk, of }] of Object.entries(kindsIn(samples, who))) {
      const was = (isOnDisk && isSettled ? full : early).map((each) => of(each[who]))
      const is = late.map((each) => of(each[who]))
      const [before, after] = [median(was), median(is)]
      figures[`${who}.${name}.before`] = before
      figures[`${who}.${name}.after`] = after
      const hasGrown = isCount
        ? Math.min(...is) > Math.max(...was)
        : after > before * MOST_GROWTH + (isOnDisk ? JOURNAL_BYTES : 0)
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
    for (const name of Object.keys(rest.bytes).filter((each) => !NOT_JUDGED.includes(each)))
      kinds[`${name} on disk`] = { isCount: false, isOnDisk: true, of: ({ bytes }) => bytes[name] ?? 0 }
  }
  return kinds
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
