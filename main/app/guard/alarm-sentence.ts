import type { Sentence } from '../../contract/index.ts'
import type { Alarm } from '../kept/guard-state.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** `812 of 900 files in Work changed in 4 minutes`, in hours or days where it took longer. */
export function alarmSentence(
  plan: string,
  { touched, files, withinMs }: Pick<Alarm, 'touched' | 'files' | 'withinMs'>,
): Sentence {
  const said = (key: string, unitMs: number): Sentence => ({
    key,
    params: { plan, touched, files, count: Math.max(1, Math.ceil(withinMs / unitMs)) },
  })
  if (withinMs <= 2 * HOUR_MS) return said('report.unusualMinutes', MINUTE_MS)
  return withinMs <= 2 * DAY_MS ? said('report.unusualHours', HOUR_MS) : said('report.unusualDays', DAY_MS)
}
