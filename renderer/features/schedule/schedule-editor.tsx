import { Select, Stack } from '@mantine/core'
import { useState } from 'react'
import {
  formOf,
  type ScheduleForm,
  type ScheduleKind,
  scheduleKinds,
  startOf,
  textOf,
} from '../../words/schedule-form.ts'
import { useWords } from '../../words/use-words.ts'
import { CronInput } from './cron-input.tsx'
import { DayOfMonth, SpanInput, Weekdays } from './rhythm-inputs.tsx'
import { TimesInput } from './times-input.tsx'

/** How often a plan or a mirror runs, in plain words; what they cannot say is a cron expression. A schedule stays as it was written until something of it is changed. */
export function ScheduleEditor({
  value,
  onChange,
  isWrong,
  offered = scheduleKinds,
}: {
  value: string
  onChange: (schedule: string) => void
  isWrong: boolean
  offered?: readonly ScheduleKind[]
}) {
  const { t } = useWords()
  // What is typed as an expert stays there, even where it happens to read like a plain one.
  const [kind, setKind] = useState<ScheduleKind>(() => formOf(value).kind)
  const [left, setLeft] = useState<Partial<Record<ScheduleKind, string>>>({})
  const form: ScheduleForm = kind === 'cron' ? { kind, text: value } : formOf(value)
  const set = (next: ScheduleForm): void => onChange(textOf(next))

  const choose = (chosen: ScheduleKind): void => {
    setLeft({ ...left, [kind]: value })
    setKind(chosen)
    // Who comes back finds what was there.
    onChange(left[chosen] ?? textOf(startOf(chosen, form)))
  }

  return (
    <Stack gap="sm">
      <Select
        label={t('plans.schedule')}
        data={offered.map((each) => ({ value: each, label: t(`schedule.kind.${each}`) }))}
        value={kind}
        allowDeselect={false}
        onChange={(chosen) => chosen && choose(chosen as ScheduleKind)}
      />
      {form.kind === 'weekly' && (
        <Weekdays days={form.days} onChange={(days) => set({ ...form, days })} isWrong={isWrong} />
      )}
      {form.kind === 'monthly' && (
        <DayOfMonth day={form.day} onChange={(day) => set({ ...form, day })} isWrong={isWrong} />
      )}
      {'times' in form && (
        <TimesInput times={form.times} onChange={(times) => set({ ...form, times })} isWrong={isWrong} />
      )}
      {form.kind === 'every' && (
        <SpanInput
          label={t('schedule.everyLabel')}
          units={['m', 'h', 'd']}
          {...form}
          isWrong={isWrong}
          onChange={(span) => set({ ...form, ...span })}
        />
      )}
      {form.kind === 'change' && (
        <SpanInput
          label={t('schedule.restLabel')}
          hint={t('schedule.restHint')}
          units={['m', 'h']}
          {...form}
          isWrong={isWrong}
          onChange={(span) => set({ ...form, ...span })}
        />
      )}
      {form.kind === 'cron' && <CronInput text={form.text} onChange={onChange} isWrong={isWrong} />}
    </Stack>
  )
}
