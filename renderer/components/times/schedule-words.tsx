import { lazy, Suspense } from 'react'
import { formOf } from '../../words/schedule-form.ts'
import { useWords } from '../../words/use-words.ts'

const CronReading = lazy(() => import('../forms/cron-reading.tsx'))

/** A schedule in people's words. What reads cron expressions comes once there is one. */
export function ScheduleWords({ text }: { text: string }) {
  const { schedule } = useWords()
  const words = schedule(text)
  if (formOf(text).kind !== 'cron') return words
  return (
    <Suspense fallback={words}>
      <CronReading text={text} otherwise={words} />
    </Suspense>
  )
}
