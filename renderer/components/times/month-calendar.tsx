import { ActionIcon, Group, Text } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { type KeyboardEvent, useRef, useState } from 'react'
import { useWords } from '../../words/use-words.ts'
import styles from './month-calendar.module.css'
import { dayAfter, dayOf, monthAfter, monthTitle, weekdayNames, weeksOf } from './month-days.ts'

/** What is told of a day: a shape and a colour for the eye, a sentence for everybody. */
export interface DayMark {
  readonly state: 'ok' | 'warn' | 'bad'
  readonly text: string
}

const STATES = ['ok', 'warn', 'bad'] as const

/**
 * A month of days to choose from; days without a mark cannot be chosen. One stop of the Tab key: arrows go by days and weeks, Page Up and Page Down by
 * months, Home and End to the ends of a week. `legend`: what the marks mean.
 */
export function MonthCalendar({
  label,
  marks,
  chosen,
  onChoose,
  legend,
}: {
  label: string
  marks: ReadonlyMap<string, DayMark>
  chosen: string | undefined
  onChoose: (date: string | undefined) => void
  legend: Readonly<Record<DayMark['state'], string>>
}) {
  const { t, language, date } = useWords()
  const newest = [...marks.keys()].at(-1)
  const [moved, setMoved] = useState<string>()
  const at = moved ?? chosen ?? newest ?? dayOf(new Date())
  const grid = useRef<HTMLTableElement>(null)

  const go = (to: string): void => {
    setMoved(to)
    // After the drawing: the day may lie in another month.
    requestAnimationFrame(() => grid.current?.querySelector<HTMLElement>(`[data-date="${to}"]`)?.focus())
  }
  const onKey = (event: KeyboardEvent): void => {
    const to = targetOf(event.key, at)
    if (to === undefined) return
    event.preventDefault()
    go(to)
  }

  return (
    <div className={styles.calendar} data-testid="calendar">
      <Group justify="space-between" wrap="nowrap" mb={6}>
        <Text fw={620} aria-live="polite">
          {monthTitle(at, language)}
        </Text>
        <Group gap={4} wrap="nowrap">
          {([-1, 1] as const).map((step) => (
            <ActionIcon
              key={step}
              variant="default"
              size={30}
              aria-label={t(step < 0 ? 'calendar.previous' : 'calendar.next')}
              onClick={() => setMoved(monthAfter(at, step))}
            >
              {step < 0 ? (
                <IconChevronLeft size={16} aria-hidden />
              ) : (
                <IconChevronRight size={16} aria-hidden />
              )}
            </ActionIcon>
          ))}
        </Group>
      </Group>
      <table ref={grid} aria-label={label} className={styles.grid}>
        <thead>
          <tr>
            {weekdayNames(language).map(({ short, long }) => (
              <th key={long} scope="col" abbr={long}>
                {short}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(at).map((week) => (
            <tr key={week[0]}>
              {week.map((day) => {
                const mark = marks.get(day)
                const isOutside = day.slice(0, 7) !== at.slice(0, 7)
                return (
                  <td key={day}>
                    <button
                      type="button"
                      className={styles.day}
                      data-date={day}
                      data-outside={isOutside}
                      data-chosen={day === chosen}
                      tabIndex={day === at ? 0 : -1}
                      aria-label={`${date(day)}: ${mark?.text ?? t('calendar.nothing')}`}
                      aria-disabled={!mark}
                      aria-pressed={day === chosen}
                      onKeyDown={onKey}
                      title={mark?.text}
                      onFocus={() => day !== at && !isOutside && setMoved(day)}
                      onClick={() => mark && onChoose(day === chosen ? undefined : day)}
                    >
                      {Number(day.slice(8))}
                      <span className={styles.dot} data-state={mark?.state} aria-hidden />
                    </button>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <ul className={styles.legend}>
        {STATES.map((state) => (
          <li key={state}>
            <span className={styles.dot} data-state={state} aria-hidden />
            {legend[state]}
          </li>
        ))}
      </ul>
    </div>
  )
}

function targetOf(key: string, at: string): string | undefined {
  const weekday = weeksOf(at)
    .flatMap((week) => (week.includes(at) ? [week.indexOf(at)] : []))
    .at(0)
  switch (key) {
    case 'ArrowLeft':
      return dayAfter(at, -1)
    case 'ArrowRight':
      return dayAfter(at, 1)
    case 'ArrowUp':
      return dayAfter(at, -7)
    case 'ArrowDown':
      return dayAfter(at, 7)
    case 'PageUp':
      return monthAfter(at, -1)
    case 'PageDown':
      return monthAfter(at, 1)
    case 'Home':
      return dayAfter(at, -(weekday ?? 0))
    case 'End':
      return dayAfter(at, 6 - (weekday ?? 0))
    default:
      return undefined
  }
}
