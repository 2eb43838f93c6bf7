import { Skeleton, Text } from '@mantine/core'
import { type KeyboardEvent, lazy, Suspense, useState } from 'react'
import type { SeriesPoint } from '../../../../main/contract/index.ts'
import { SeenText } from '../../../components/seen-text.tsx'
import { useWords } from '../../../words/use-words.ts'
import styles from '../explore.module.css'
import { numbersOf } from './series-shape.ts'
import { usePointText } from './use-point-text.ts'

// The drawing of charts is as large as half the window: it comes when a chart is looked at.
const SeriesChart = lazy(() => import('./series-chart.tsx'))

const CHART_PX = 260

/** Numbers over time as a line, in a sentence, and point by point with the arrow keys. */
export function SeriesFigure({ points, name }: { points: readonly SeriesPoint[]; name: string }) {
  const { t, exact } = useWords()
  const [reached, setReached] = useState<number>()
  const textOf = usePointText()
  const numbers = numbersOf(points) ?? []
  const last = points.length - 1
  const at = reached === undefined ? undefined : Math.min(reached, last)
  const point = at === undefined ? undefined : points[at]
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = nextOf(event.key, at ?? last, last)
    if (next === undefined) return
    event.preventDefault()
    setReached(next)
  }
  const current = point ?? points[last]
  return (
    <figure
      className={styles.figure}
      aria-label={t('explorePage.chart', { name })}
      data-testid="series-figure"
    >
      <figcaption>
        <Caption points={points} />
      </figcaption>
      <div
        role="slider"
        tabIndex={0}
        className={styles.points}
        aria-label={t('explorePage.pointByPoint')}
        aria-valuemin={1}
        aria-valuemax={points.length}
        aria-valuenow={(at ?? last) + 1}
        aria-valuetext={current && `${exact(current.createdAt)}: ${textOf(current)}`}
        onKeyDown={onKeyDown}
        onFocus={() => setReached((before) => before ?? last)}
      >
        <Suspense fallback={<Skeleton h={CHART_PX} />}>
          <SeriesChart points={points} numbers={numbers} reached={at} heightPx={CHART_PX} />
        </Suspense>
      </div>
      <Text size="sm" className={styles.reached} data-testid="series-reached">
        {point ? (
          <>
            {exact(point.createdAt)}: <SeenText text={textOf(point)} isOneLine />
          </>
        ) : (
          t('explorePage.pointHint')
        )}
      </Text>
    </figure>
  )
}

/** From what to what it went, between what, and where there is nothing. */
function Caption({ points }: { points: readonly SeriesPoint[] }) {
  const { t, exact, decimal } = useWords()
  const found = points.filter(({ state }) => state === 'found')
  const values = found.map(({ value }) => value as number)
  const [first, last] = [found[0], found.at(-1)]
  const missing = points.filter(({ state }) => state === 'missing').length
  const failed = points.length - found.length - missing
  if (!first || !last) return null
  return (
    <Text size="sm" mb="xs">
      {t('explorePage.chartSum', {
        from: decimal(first.value as number),
        first: exact(first.createdAt),
        to: decimal(last.value as number),
        last: exact(last.createdAt),
        least: decimal(values.reduce((a, b) => Math.min(a, b))),
        most: decimal(values.reduce((a, b) => Math.max(a, b))),
      })}{' '}
      {missing > 0 && t('explorePage.chartMissing', { count: missing })}{' '}
      {failed > 0 && t('explorePage.chartFailed', { count: failed })}
    </Text>
  )
}

function nextOf(key: string, at: number, last: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return Math.min(last, at + 1)
    case 'ArrowLeft':
    case 'ArrowDown':
      return Math.max(0, at - 1)
    case 'PageUp':
      return Math.min(last, at + 10)
    case 'PageDown':
      return Math.max(0, at - 10)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}
