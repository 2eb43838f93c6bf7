import { z } from 'zod'
import { call, None } from './call.ts'
import { Id, IsoTime, PlanCondition, Sentence } from './nouns.ts'

/** Something that is started by itself. */
export const ScheduledJob = z.object({
  /** Id of a plan, or `push`, `verify`, `cleanup`, `drill`. */
  id: Id,
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
  /** What it waits for, and whether that holds; `unknown` where nobody can tell, which keeps nothing from running. */
  conditions: z.array(
    z.object({
      condition: PlanCondition,
      state: z.enum(['met', 'unmet', 'unknown']),
    }),
  ),
})
export type ScheduledJob = z.infer<typeof ScheduledJob>

export const scheduleCalls = {
  /** Everything that is started by itself, plans first. `isKept`: some process is there to start it. */
  'schedule.list': call('view', None, z.object({ isKept: z.boolean(), jobs: z.array(ScheduledJob) })),
}
