import { Radio, Stack, Text } from '@mantine/core'
import { type KeyboardEvent, useId, useRef, useState } from 'react'
import { weekdays } from '../../words/schedule-form.ts'
import { weekdayText } from '../../words/schedules.ts'
import { useWords } from '../../words/use-words.ts'
import { clock, DAYS, dayRuns, HOURS, type HourState, stretchesOf, type WeekCells } from './week-cells.ts'
import styles from './week-grid.module.css'

const STATES = ['full', 'limited', 'pause'] as const

/**
 * A week by the hour to paint on: with the mouse by dragging, with the keyboard by arrows and the space bar (Shift and an arrow paints on the way).
 * One stop of the Tab key; each hour says its day, time and state, and what is painted is told in words below.
 */
export function WeekGrid({
  cells,
  onChange,
}: {
  cells: WeekCells
  onChange: (hours: readonly HourState[]) => void
}) {
  const { t, language } = useWords()
  const [brush, setBrush] = useState<HourState>('limited')
  const [at, setAt] = useState(0)
  const name = useId()
  const body = useRef<HTMLTableSectionElement>(null)
  const longDays = weekdays.map((day) => weekdayText(day, language))
  const shortDays = weekdays.map((day) => weekdayText(day, language, 'short'))

  // A quick hand enters several hours before the next drawing: each must build on the one before.
  const latest = useRef(cells.hours)
  latest.current = cells.hours
  const paint = (indexes: readonly number[]): void => {
    latest.current = latest.current.map((state, index) => (indexes.includes(index) ? brush : state))
    onChange(latest.current)
  }

  const move = (event: KeyboardEvent, index: number): void => {
    const to = target(event.key, index)
    if (to === undefined) return
    event.preventDefault()
    setAt(to)
    body.current?.querySelector<HTMLElement>(`[data-hour="${to}"]`)?.focus()
    if (event.shiftKey) paint([index, to])
  }

  return (
    <Stack gap="xs">
      <Radio.Group
        value={brush}
        onChange={(value) => setBrush(STATES.find((state) => state === value) ?? 'limited')}
        label={t('places.week.brush')}
      >
        <div className={styles.brushes}>
          {STATES.map((state) => (
            <Radio
              key={state}
              value={state}
              name={name}
              label={
                <>
                  <span className={styles.swatch} data-state={state} aria-hidden />
                  {t(`places.week.${state}`)}
                </>
              }
            />
          ))}
        </div>
      </Radio.Group>
      <table className={styles.week} aria-label={t('places.week.title')}>
        <thead>
          <tr>
            <td />
            {Array.from({ length: HOURS / 3 }, (_, index) => (
              <th key={clock(index * 3)} scope="colgroup" colSpan={3}>
                {clock(index * 3)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {longDays.map((day, row) => (
            <tr key={day}>
              <th scope="row">
                <button
                  type="button"
                  className={styles.day}
                  aria-label={t('places.week.wholeDay', { day, state: t(`places.week.${brush}`) })}
                  onClick={() => paint(Array.from({ length: HOURS }, (_, hour) => row * HOURS + hour))}
                >
                  {shortDays[row]}
                </button>
              </th>
              {cells.hours.slice(row * HOURS, (row + 1) * HOURS).map((state, hour) => {
                const index = row * HOURS + hour
                return (
                  <td key={clock(hour)}>
                    <button
                      type="button"
                      className={styles.hour}
                      data-hour={index}
                      data-state={state}
                      tabIndex={index === at ? 0 : -1}
                      aria-label={t('places.week.hour', {
                        day,
                        from: clock(hour),
                        to: clock(hour + 1),
                        state: t(`places.week.${state}`),
                      })}
                      onClick={() => {
                        setAt(index)
                        paint([index])
                      }}
                      onKeyDown={(event) => move(event, index)}
                      onPointerDown={(event) => {
                        // Touch holds on to the first hour; let go, so that the others hear of the finger.
                        event.currentTarget.releasePointerCapture(event.pointerId)
                        if (event.button === 0) paint([index])
                      }}
                      onPointerEnter={(event) => {
                        if (event.buttons === 1) paint([index])
                      }}
                    />
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <Text size="xs" c="dimmed">
        {t('places.week.keys')}
      </Text>
      <InWords cells={cells} days={longDays} />
    </Stack>
  )
}

/** What is painted, for those who do not see it, and for those who want to be sure. */
function InWords({ cells, days }: { cells: WeekCells; days: readonly string[] }) {
  const { t } = useWords()
  const stretches = stretchesOf(cells)
  return (
    <ul className={styles.inWords} aria-live="polite" data-testid="week-in-words">
      {stretches.length === 0 && <li>{t('places.week.never')}</li>}
      {stretches.map(({ days: some, from, to, state }) => (
        <li key={`${some} ${from}`}>
          {t('places.week.stretch', {
            days: some.length === DAYS ? t('places.week.daily') : daysText(some, days),
            from: clock(from),
            to: clock(to),
            state: t(`places.week.${state}`),
          })}
        </li>
      ))}
    </ul>
  )
}

function daysText(some: readonly number[], days: readonly string[]): string {
  return dayRuns(some)
    .map(([first, last]) => (first === last ? days[first] : `${days[first]}–${days[last]}`))
    .join(', ')
}

/** The hour that a key leads to; undefined for keys of no meaning here and at the edges. */
function target(key: string, index: number): number | undefined {
  const hour = index % HOURS
  if (key === 'ArrowRight') return hour < HOURS - 1 ? index + 1 : undefined
  if (key === 'ArrowLeft') return hour > 0 ? index - 1 : undefined
  if (key === 'ArrowDown') return index + HOURS < DAYS * HOURS ? index + HOURS : undefined
  if (key === 'ArrowUp') return index >= HOURS ? index - HOURS : undefined
  if (key === 'Home') return index - hour
  if (key === 'End') return index - hour + HOURS - 1
  return undefined
}
