import { z } from 'zod'
import { call, None } from './call.ts'
import { Id, IsoTime, PlanCondition, PlanInput, Sentence } from './nouns.ts'

/** What is waited for, and whether it holds; `unknown` where nobody can tell, which keeps nothing from running. */
const AwaitedCondition = z.object({
  condition: PlanCondition,
  state: z.enum(['met', 'unmet', 'unknown']),
})
export type AwaitedCondition = z.infer<typeof AwaitedCondition>

/** Something that is started by itself. */
export const ScheduledJob = z.object({
  /** Id of a plan, or `push`, `verify`, `cleanup`, `drill`. */
  id: Id,
  /** Of a plan, a database or a mirror. */
  planName: z.string().optional(),
  schedule: z.string(),
  lastStartAt: IsoTime.optional(),
  nextRunAt: IsoTime.optional(),
  /** The times after the next one. */
  upcoming: z.array(IsoTime),
  /** Why it does not run at this moment. */
  why: Sentence,
  /** What a person should know of it besides. */
  note: Sentence.optional(),
  conditions: z.array(AwaitedCondition),
})
export type ScheduledJob = z.infer<typeof ScheduledJob>

/** A run that is to come. */
export const ComingRun = z.object({
  dueAt: IsoTime,
  /** Where quiet hours put it off: when they end. */
  startsAt: IsoTime.optional(),
})
export type ComingRun = z.infer<typeof ComingRun>

/** What a plan's schedule would mean if it were kept as it is typed now. */
export const SchedulePreview = z.object({
  /** `change` and `connect` go by what happens; `every` counts from the start of the run before. */
  kind: z.enum(['manual', 'every', 'calendar', 'change', 'connect']),
  /** The next ones. Where what happens decides: the one that comes in any case, if any. */
  runs: z.array(ComingRun),
  /** Whose clock the schedule goes by, e.g. `Europe/Paris`. */
  timeZone: z.string(),
  why: Sentence,
  conditions: z.array(AwaitedCondition),
})
export type SchedulePreview = z.infer<typeof SchedulePreview>

export const scheduleCalls = {
  /** Everything that is started by itself, plans first. `isKept`: some process is there to start it. */
  'schedule.list': call('view', None, z.object({ isKept: z.boolean(), jobs: z.array(ScheduledJob) })),
  /** Tries a schedule without keeping it. Refuses with `invalid-input` what is none. `planId`, `mirrorId`: what it would be for; absent: a new plan. */
  'schedule.preview': call(
    'view',
    z.object({
      planId: Id.optional(),
      mirrorId: Id.optional(),
      schedule: PlanInput.shape.schedule.unwrap(),
      waitFor: PlanInput.shape.waitFor,
      quietHours: PlanInput.shape.quietHours,
      placeIds: z.array(Id).max(50).default([]),
    }),
    SchedulePreview,
  ),
}
