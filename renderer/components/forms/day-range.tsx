import { TextInput } from '@mantine/core'
import { useWords } from '../../words/use-words.ts'

interface DayRangeProps {
  /** `2026-11-21`; empty: open on that side. */
  readonly from: string
  readonly to: string
  readonly onFrom: (day: string) => void
  readonly onTo: (day: string) => void
}

/** The days from and up to which something is shown. */
export function DayRange({ from, to, onFrom, onTo }: DayRangeProps) {
  const { t } = useWords()
  return (
    <>
      <TextInput
        type="date"
        label={t('activity.from')}
        value={from}
        max={to}
        onChange={(event) => onFrom(event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label={t('activity.to')}
        value={to}
        min={from}
        onChange={(event) => onTo(event.currentTarget.value)}
      />
    </>
  )
}
