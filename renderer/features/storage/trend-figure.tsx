import { Skeleton, Text } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { PlaceHealth } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './storage.module.css'

// The drawing of charts is as large as half the window: it comes when a chart is looked at.
const StorageTrend = lazy(() => import('./storage-trend.tsx'))

/** Fewer samples draw no line. */
const FEWEST = 2

/** How much lay in a place over time: in a sentence, and as a curve. */
export function TrendFigure({ place }: { place: Pick<PlaceHealth, 'placeName' | 'trend'> }) {
  const { t, bytes, date } = useWords()
  const { placeName, trend } = place
  const [first, last] = [trend[0], trend.at(-1)]
  if (!first || !last || trend.length < FEWEST)
    return (
      <Text size="sm" c="dimmed" mb="md">
        {t('healthPage.trendEmpty')}
      </Text>
    )
  return (
    <figure className={styles.trend} aria-label={t('healthPage.trend', { place: placeName })}>
      <figcaption className={styles.caption}>
        {t('healthPage.trendSummary', {
          from: bytes(first.bytes),
          first: date(first.date),
          to: bytes(last.bytes),
          last: date(last.date),
        })}
      </figcaption>
      <Suspense fallback={<Skeleton h={120} />}>
        <StorageTrend trend={trend} label={t('healthPage.stored')} />
      </Suspense>
    </figure>
  )
}
