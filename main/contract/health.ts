import { z } from 'zod'
import { call, None } from './call.ts'
import { Bytes, Id, IsoTime, PlaceType, Sentence } from './nouns.ts'

/** `healthy`: nothing to do. `attention`: somebody should look. `failing`: what should be safe is not. */
export const Verdict = z.enum(['healthy', 'attention', 'failing'])
export type Verdict = z.infer<typeof Verdict>

/** Something that is not as it should be, with what to do about it. */
export const Finding = z.object({
  /** The same as long as it is the same trouble: `stale/<plan>`, `damage/<place>` … */
  id: z.string().max(300),
  kind: z.enum([
    'never',
    'stale',
    'place-stale',
    'run-failed',
    'incomplete',
    'damage',
    'drill-failed',
    'place-failed',
    'budget',
    'channel',
    'log-not-archived',
    'unusual-change',
  ]),
  level: z.enum(['attention', 'failing']),
  /** What is stored is not what was stored. */
  isDamage: z.boolean(),
  sentence: Sentence,
  todo: Sentence,
  planId: Id.optional(),
  placeId: Id.optional(),
})
export type Finding = z.infer<typeof Finding>

/** Ends of runs within some days. */
const Rates = z.object({
  days: z.number().int(),
  runs: z.number().int(),
  done: z.number().int(),
  incomplete: z.number().int(),
  failed: z.number().int(),
  /** Part that did not fail, 0 to 1; null where nothing ran. */
  successRate: z.number().nullable(),
})

/** How long it takes to get a plan back from a place. */
const RecoveryTime = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('known'),
    durationMs: z.number(),
    bytes: Bytes,
    bytesPerSecond: z.number(),
    /** What was measured, and when last. */
    basis: z.enum(['restore', 'drill']),
    measuredAt: IsoTime,
    measuredBytes: Bytes,
  }),
  z.object({
    state: z.literal('unknown'),
    /** `never-tried`: no restore or drill yet. `too-little`: what was brought back is too little to judge by. `no-backup`: nothing to get back. */
    reason: z.enum(['never-tried', 'too-little', 'no-backup']),
  }),
])
export type RecoveryTime = z.infer<typeof RecoveryTime>

export const PlanHealth = z.object({
  planId: Id,
  planName: z.string(),
  verdict: Verdict,
  week: Rates,
  month: Rates,
  /** Of the last 30 days; null where nothing was measured. */
  durationMedianMs: z.number().nullable(),
  durationP95Ms: z.number().nullable(),
  /** Of the newest backup: what was read, what of it was new, what that took in a place. */
  newest: z
    .object({
      backupId: Id,
      at: IsoTime,
      sourceBytes: Bytes,
      newBytes: Bytes.optional(),
      storedBytes: Bytes,
    })
    .optional(),
  /** Over the backups of the last 30 days: part of the source bytes that was there already, and part of the new bytes that compression saved. */
  dedupSaved: z.number().nullable(),
  compressionSaved: z.number().nullable(),
  /** From this age on a copy is too old; null where only a person knows. */
  staleAfterMs: z.number().nullable(),
  places: z.array(
    z.object({
      placeId: Id,
      placeName: z.string(),
      /** When the data of the newest good copy was read; absent: there is none. */
      provenAt: IsoTime.optional(),
      verifiedAt: IsoTime.optional(),
      ageMs: z.number().optional(),
      isStale: z.boolean(),
      recovery: RecoveryTime,
    }),
  ),
  /** The last 30, oldest first. */
  days: z.array(
    z.object({
      date: z.string(),
      done: z.number().int(),
      incomplete: z.number().int(),
      failed: z.number().int(),
    }),
  ),
})
export type PlanHealth = z.infer<typeof PlanHealth>

/** What a place costs; every figure stands with the day and the source of its prices. */
const PlaceCost = z.discriminatedUnion('state', [
  z.object({ state: z.literal('free') }),
  z.object({ state: z.literal('unknown') }),
  z.object({
    state: z.literal('estimated'),
    currency: z.string(),
    monthToDate: z.number(),
    forecast: z.number(),
    priceDate: z.string(),
    priceSource: z.string(),
    /** Typed by its owner instead of taken from the table. */
    isOwn: z.boolean(),
  }),
])
export type PlaceCost = z.infer<typeof PlaceCost>

export const PlaceHealth = z.object({
  placeId: Id,
  placeName: z.string(),
  type: PlaceType,
  verdict: Verdict,
  /** As last measured; absent: never. */
  stored: z.object({ bytes: Bytes, at: IsoTime }).optional(),
  /** A sample a day, oldest first; thinned to one a week beyond three months. */
  trend: z.array(z.object({ date: z.string(), bytes: Bytes })),
  /** This month (`2026-11`). */
  requests: z.object({
    month: z.string(),
    read: z.number().int(),
    write: z.number().int(),
    list: z.number().int(),
    delete: z.number().int(),
    readBytes: Bytes,
    writeBytes: Bytes,
  }),
  cost: PlaceCost,
})
export type PlaceHealth = z.infer<typeof PlaceHealth>

/** Something that was or is wrong, as long as it was. */
export const Incident = z.object({
  finding: Finding,
  openedAt: IsoTime,
  closedAt: IsoTime.optional(),
})
export type Incident = z.infer<typeof Incident>

export const HealthReport = z.object({
  at: IsoTime,
  verdict: Verdict,
  hasDamage: z.boolean(),
  sentence: Sentence,
  /** Worst first. */
  findings: z.array(Finding),
  plans: z.array(PlanHealth),
  places: z.array(PlaceHealth),
  /** Open ones, oldest first; then those that were solved within a week. Kept by a process that stays. */
  incidents: z.array(Incident),
})
export type HealthReport = z.infer<typeof HealthReport>

export const healthCalls = {
  'health.report': call('view', None, HealthReport),
  /** The report in the text format that Prometheus reads. */
  'health.metrics': call('view', None, z.object({ text: z.string() })),
}
