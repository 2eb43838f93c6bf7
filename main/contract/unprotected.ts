import { z } from 'zod'
import { call, None } from './call.ts'
import { Verdict } from './health.ts'
import { Bytes, Id, IsoTime, PathText, Sentence } from './nouns.ts'

const amount = {
  files: z.number().int(),
  bytes: Bytes,
  /** False where counting ended at its bound: it is at least so much. */
  isWhole: z.boolean(),
}

/** A folder of the person's home that no plan covers. */
export const OutsideFolder = z.object({
  path: z.string(),
  name: z.string(),
  /** Absent: not counted yet. */
  amount: z.object(amount).optional(),
  /** Somebody said that it needs no backup. */
  onPurpose: z.boolean(),
})
export type OutsideFolder = z.infer<typeof OutsideFolder>

/** What one rule of a plan leaves out. */
export const LeftOut = z.object({
  planId: Id,
  planName: z.string(),
  /** As it was written. */
  pattern: z.string(),
  /** The set of rules it is of, or the file it stands in; neither: the plan's own. */
  preset: z.string().optional(),
  ignoreFile: z.string().optional(),
  ...amount,
  /** A few, largest first. */
  largest: z.array(z.object({ path: z.string(), ...amount })),
})
export type LeftOut = z.infer<typeof LeftOut>

/** What the newest backup of a plan could not read. */
export const Unread = z.object({
  planId: Id,
  planName: z.string(),
  backupId: Id,
  /** All of them; `items` names the first hundred. */
  count: z.number().int(),
  items: z.array(
    z.object({
      path: z.string(),
      why: Sentence,
      todo: Sentence,
      /** The rule of the plan that would leave it out on purpose; absent where it is a source itself. */
      rule: z.string().optional(),
    }),
  ),
})
export type Unread = z.infer<typeof Unread>

/** How what a plan holds differs from what its newest backup was made of. */
export const ScopeChange = z.object({
  planId: Id,
  planName: z.string(),
  kind: z.enum(['source-gone', 'source-removed', 'rule-added', 'source-added', 'rule-removed']),
  /** The source or the rule. */
  what: z.string(),
})
export type ScopeChange = z.infer<typeof ScopeChange>

export const UnprotectedReport = z.object({
  at: IsoTime,
  verdict: Verdict,
  sentence: Sentence,
  /** When files were last counted; absent: never. */
  countedAt: IsoTime.optional(),
  /** False where the last count ended at its bound. */
  isWhole: z.boolean(),
  /** What no plan covers: largest first. */
  outside: z.array(OutsideFolder),
  unread: z.array(Unread),
  scope: z.array(ScopeChange),
  /** What rules leave out, as last counted: most bytes first. */
  leftOut: z.array(LeftOut),
})
export type UnprotectedReport = z.infer<typeof UnprotectedReport>

export const unprotectedCalls = {
  /** What no backup holds, from what is known; counts nothing. */
  'unprotected.report': call('view', None, UnprotectedReport),
  /** Counts what rules leave out and what no plan covers, up to a bound, and answers with the report. Ends when the caller gives up. */
  'unprotected.count': call('view', None, UnprotectedReport),
  /** Remembers that a folder needs no backup, or forgets that. */
  'unprotected.accept': call(
    'admin',
    z.object({ path: PathText, onPurpose: z.boolean() }),
    z.object({ path: z.string(), onPurpose: z.boolean() }),
  ),
}
