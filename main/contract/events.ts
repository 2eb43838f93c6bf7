import { z } from 'zod'
import { ShownPage } from './host.ts'
import { Id, Sentence } from './nouns.ts'

/** Things that happen once. State that lasts is in the slices; a client that missed an event has lost nothing but the notice. */
export const events = {
  /** A notice for a person: quiet on success, one an incident. */
  notice: z.object({
    level: z.enum(['success', 'info', 'attention', 'failed']),
    sentence: Sentence,
    runId: Id.optional(),
  }),
  /** The host asks the window to show a page (from the tray or a notification). */
  navigate: z.object({ page: ShownPage }),
} as const

export type Events = typeof events
export type EventName = keyof Events
export type EventData<N extends EventName> = z.output<Events[N]>
