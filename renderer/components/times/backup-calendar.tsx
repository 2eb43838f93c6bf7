import type { CallInput } from '../../../main/contract/index.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { ErrorNote } from '../error-note.tsx'
import { type DayMark, MonthCalendar } from './month-calendar.tsx'

/** The days with backups; one with gaps or a damaged copy is marked. A day that is chosen again is let go. */
export function BackupCalendar({
  filter,
  chosen,
  onChoose,
}: {
  filter: CallInput<'backup.days'>
  chosen: string | undefined
  onChoose: (date: string | undefined) => void
}) {
  const { t } = useWords()
  const { data, error } = useAnswer('backup.days', filter, useSlice('recent'))
  const marks = new Map(
    (data ?? []).map(({ date, backups, incomplete, failed, damaged }): [string, DayMark] => {
      const count = (key: string, of: number): string[] =>
        of > 0 ? [t(`calendar.${key}`, { count: of })] : []
      const text = [
        t('calendar.backups', { count: backups }),
        ...count('incomplete', incomplete),
        ...count('failed', failed),
        ...count('damaged', damaged),
      ].join(', ')
      return [date, { state: damaged + failed > 0 ? 'bad' : incomplete > 0 ? 'warn' : 'ok', text }]
    }),
  )
  return (
    <>
      {error && <ErrorNote error={error} />}
      <MonthCalendar
        label={t('calendar.label')}
        marks={marks}
        chosen={chosen}
        onChoose={onChoose}
        legend={{ ok: t('calendar.ok'), warn: t('calendar.warn'), bad: t('calendar.bad') }}
      />
    </>
  )
}
