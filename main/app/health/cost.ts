import type { PlaceCost } from '../../contract/index.ts'
import type { StorageSample } from '../../engine/model/keeping/thin-samples.ts'
import type { Prices } from './price-of.ts'

/** What a place was asked for in a month. */
export interface Usage {
  readonly read: number
  readonly write: number
  readonly list: number
  readonly readBytes: number
}

/** What costs are worked out from. */
export interface CostFacts {
  readonly prices: Prices | 'free' | 'unknown'
  readonly samples: readonly StorageSample[]
  readonly thisMonth: Usage
  readonly lastMonth: Usage
  readonly nowMs: number
}

const GB = 1e9
const DAY_MS = 86_400_000
/** Fewer days do not show how a month goes. */
const TELLING_MS = 3 * DAY_MS

/**
 * What a place cost so far this month (UTC, as providers count), and what it will have cost at its end: what lies there stays as it is, and requests go on as
 * they did this month, or last month where this one is too young to tell.
 */
export function costOf(facts: CostFacts): PlaceCost {
  const { prices, samples, thisMonth, lastMonth, nowMs } = facts
  if (prices === 'free' || prices === 'unknown') return { state: prices }
  const { startMs, endMs } = monthAround(nowMs)
  const [elapsedMs, leftMs, wholeMs] = [nowMs - startMs, endMs - nowMs, endMs - startMs]

  const storedGbMs = gigabyteMs(samples, startMs, nowMs)
  const lastBytes = samples.at(-1)?.bytes ?? 0
  const storage = (gbMs: number) => (gbMs / wholeMs) * prices.storageGbMonth
  const soFar = requestCost(thisMonth, prices)
  const lastMonths = requestCost(lastMonth, prices)
  const rate =
    elapsedMs < TELLING_MS && lastMonths > 0 ? lastMonths / wholeMs : soFar / Math.max(elapsedMs, TELLING_MS)

  const monthToDate = storage(storedGbMs) + soFar
  return {
    state: 'estimated',
    currency: prices.currency,
    monthToDate,
    forecast: monthToDate + storage((lastBytes / GB) * leftMs) + rate * leftMs,
    priceDate: prices.asOf,
    priceSource: prices.source,
    isOwn: prices.isOwn,
  }
}

function requestCost({ read, write, list, readBytes }: Usage, prices: Prices): number {
  const requests = write * prices.putPer1000 + read * prices.getPer1000 + list * prices.listPer1000
  return requests / 1_000 + (readBytes / GB) * prices.egressGb
}

/** Gigabytes times milliseconds between two times, as far as samples tell: each holds until the next. */
function gigabyteMs(samples: readonly StorageSample[], fromMs: number, toMs: number): number {
  let total = 0
  for (const [at, { atMs, bytes }] of samples.entries()) {
    const start = Math.max(fromMs, atMs)
    const end = Math.min(toMs, samples[at + 1]?.atMs ?? toMs)
    if (end > start) total += (bytes / GB) * (end - start)
  }
  return total
}

function monthAround(nowMs: number): { startMs: number; endMs: number } {
  const now = new Date(nowMs)
  const at = (month: number) => Date.UTC(now.getUTCFullYear(), month, 1)
  return { startMs: at(now.getUTCMonth()), endMs: at(now.getUTCMonth() + 1) }
}

/** The months whose meters count: this one and the one before (`2026-11`, `2026-10`). */
export function meteredMonths(nowMs: number): readonly [current: string, previous: string] {
  const { startMs } = monthAround(nowMs)
  const nameOf = (ms: number) => new Date(ms).toISOString().slice(0, 7)
  return [nameOf(startMs), nameOf(startMs - 1)]
}
