import { z } from 'zod'
import { call, None } from './call.ts'
import { Id, IsoTime, Sentence } from './nouns.ts'

/** A change of a plan that is unlike what people do, and that nobody has accepted yet. */
export const GuardAlarm = z.object({
  planId: Id,
  planName: z.string(),
  /** The backup that shows the change. */
  backupId: Id,
  /** The last one before it. */
  goodBackupId: Id,
  since: IsoTime,
  /** `churn`, `deletions`, `extensions` (unknown endings), `entropy` (noise instead of content), `canary`. */
  signals: z.array(z.enum(['churn', 'deletions', 'extensions', 'entropy', 'canary'])),
  touchedFiles: z.number().int(),
  files: z.number().int(),
  /** The good one is kept from every clean-up. */
  isPinned: z.boolean(),
  sentence: Sentence,
})
export type GuardAlarm = z.infer<typeof GuardAlarm>

export const guardCalls = {
  /** Changes that wait for somebody to look. */
  'guard.list': call('view', None, z.array(GuardAlarm)),
  /** The change was wanted: clean-ups of the plan go on, and what the guard pinned is let go. `name`: a plan, or the backup that shows the change. */
  'guard.accept': call(
    'admin',
    z.object({ name: z.string().min(1).max(200) }),
    z.object({ planId: Id, planName: z.string(), backupId: Id }),
  ),
} as const
