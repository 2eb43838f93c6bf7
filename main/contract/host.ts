import { z } from 'zod'
import { call, None } from './call.ts'
import { IsoTime, PathText } from './nouns.ts'

/** Pages that the host can ask the window to show: from the tray, a notification or a link of the system. */
export const ShownPage = z.enum([
  'status',
  'backups',
  'restore',
  'places',
  'settings',
  'problems',
  'sync',
  'conflicts',
])
export type ShownPage = z.infer<typeof ShownPage>

/** How it stands with newer versions of the program. */
export const UpdateState = z.object({
  /** `off`: something else updates it (the system's packages, a store), or it runs from its sources. */
  state: z.enum(['off', 'idle', 'checking', 'available', 'loading', 'ready', 'failed']),
  /** The newer version, from `available` on. */
  version: z.string().optional(),
  /** How much of it is loaded, 0 to 1. */
  share: z.number().optional(),
  /** When a check last got an answer. */
  checkedAt: IsoTime.optional(),
})
export type UpdateState = z.infer<typeof UpdateState>

/** What the host around the engine can be asked. */
export const hostCalls = {
  /** The system's own folder dialog, where the host has one; null when the person cancels. */
  'host.pickFolder': call(
    'operate',
    z.object({ title: z.string().max(200) }),
    z.object({ path: z.string().nullable() }),
  ),
  'host.openFolder': call('operate', z.object({ path: PathText }), z.object({ opened: z.boolean() })),
  /** Brings the window to the front, where the host has one. */
  'host.showWindow': call(
    'operate',
    z.object({ page: ShownPage.optional() }),
    z.object({ shown: z.boolean() }),
  ),
  'update.check': call('operate', None, UpdateState),
  /** Loads a newer version; one that is loaded is installed by starting anew, after a question where work runs. */
  'update.apply': call('admin', None, UpdateState),
} as const
