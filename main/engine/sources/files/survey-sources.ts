import { countInThread } from './count-in-thread.ts'
import type { Survey, SurveyOrder } from './survey.ts'
import type { SurveyRequest } from './survey-worker.ts'

const MOST_ENTRIES = 2_000_000

/** Counts in a worker thread, reading no contents and following no links. Sources that are away are passed by. Throws `cancelled` soon after the signal. */
export function surveySources(order: SurveyOrder, signal?: AbortSignal): Promise<Survey> {
  const request: Omit<SurveyRequest, 'stop'> = { mostEntries: MOST_ENTRIES, ...order }
  return countInThread(new URL('./survey-worker.ts', import.meta.url), request, signal)
}
