import { Chip, Group, Input, NumberInput, Select } from '@mantine/core'
import { type Weekday, weekdays } from '../../words/schedule-form.ts'
import { weekdayText } from '../../words/schedules.ts'
import { useWords } from '../../words/use-words.ts'

/** Every month has so many days. */
const DAYS_OF_ANY_MONTH = 28

/** Days of the week, a chip each. */
export function Weekdays({
  days,
  onChange,
  isWrong,
}: {
  days: readonly Weekday[]
  onChange: (days: Weekday[]) => void
  isWrong: boolean
}) {
  const { t, language } = useWords()
  return (
    <Input.Wrapper
      label={t('schedule.daysLabel')}
      labelElement="div"
      error={isWrong && days.length === 0 && t('schedule.daysMissing')}
    >
      <Group gap={6} mt={4} role="group" aria-label={t('schedule.daysLabel')}>
        <Chip.Group
          multiple
          value={[...days]}
          onChange={(chosen) => onChange(weekdays.filter((day) => chosen.includes(day)))}
        >
          {weekdays.map((day) => (
            <Chip key={day} value={day} size="sm" aria-label={weekdayText(day, language)}>
              {weekdayText(day, language, 'short')}
            </Chip>
          ))}
        </Chip.Group>
      </Group>
    </Input.Wrapper>
  )
}

/** A day that every month has, or its last. */
export function DayOfMonth({
  day,
  onChange,
  isWrong,
}: {
  day: string
  onChange: (day: string) => void
  isWrong: boolean
}) {
  const { t } = useWords()
  const dates = Array.from({ length: DAYS_OF_ANY_MONTH }, (_, at) => String(at + 1))
  return (
    <Select
      label={t('schedule.dateLabel')}
      description={t('schedule.dateHint')}
      data={[
        { value: 'last', label: t('schedule.lastDay') },
        ...dates.map((date) => ({ value: date, label: t('schedule.dayOfMonth', { date }) })),
      ]}
      value={day}
      allowDeselect={false}
      error={isWrong && day === ''}
      onChange={(chosen) => chosen && onChange(chosen)}
    />
  )
}

/** A length of time: a number and what of. */
export function SpanInput<Unit extends 'm' | 'h' | 'd'>({
  label,
  hint,
  count,
  unit,
  units,
  onChange,
  isWrong,
}: {
  label: string
  hint?: string
  count: number | undefined
  unit: Unit
  units: readonly Unit[]
  onChange: (span: { count: number | undefined; unit: Unit }) => void
  isWrong: boolean
}) {
  const { t } = useWords()
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <NumberInput
        label={label}
        description={hint}
        min={1}
        max={99_999}
        allowDecimal={false}
        allowNegative={false}
        flex={1}
        value={count ?? ''}
        error={isWrong && t('schedule.spanWrong')}
        inputWrapperOrder={['label', 'description', 'error', 'input']}
        onChange={(value) => onChange({ count: typeof value === 'number' ? value : undefined, unit })}
      />
      <Select
        aria-label={t('schedule.unitLabel')}
        w={130}
        data={units.map((each: 'm' | 'h' | 'd') => ({ value: each, label: t(`schedule.unit.${each}`) }))}
        value={unit as string}
        allowDeselect={false}
        onChange={(chosen) => {
          const next = units.find((each) => each === chosen)
          if (next) onChange({ count, unit: next })
        }}
      />
    </Group>
  )
}
