import { Group, Skeleton, Text, Title } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { PlaceCost, PlaceHealth } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { Figure, Figures } from '../../components/figures.tsx'
import { kindOf, providerIcons } from '../../components/provider.ts'
import { verdictLook } from '../../components/states.ts'
import { ToneBadge } from '../../components/tone.tsx'
import { useSlice } from '../../store/use-engine.ts'
import { useWords, type Words } from '../../words/use-words.ts'
import styles from './health-page.module.css'

// The drawing of charts is as large as half the window: it comes when a chart is looked at.
const StorageTrend = lazy(() => import('./storage-trend.tsx'))

/** Fewer samples draw no line. */
const FEWEST = 2

/** A place: what lies there and how that grew, and what it costs by prices of which day. */
export function PlaceHealthCard({ place }: { place: PlaceHealth }) {
  const words = useWords()
  const { t, bytes, number, relative, date } = words
  const known = useSlice('places')?.[place.placeId]
  const ProviderIcon = known && providerIcons[kindOf(known)]
  const { stored, trend, requests, cost } = place
  const [first, last] = [trend[0], trend.at(-1)]
  return (
    <Card data-testid="place-health">
      <Group justify="space-between" mb="md">
        <Group gap="sm">
          {ProviderIcon && <ProviderIcon size={22} stroke={1.7} aria-hidden />}
          <Title order={3} size="h5">
            {place.placeName}
          </Title>
        </Group>
        <ToneBadge {...verdictLook[place.verdict]}>{t(`healthPage.verdict.${place.verdict}`)}</ToneBadge>
      </Group>
      {first && last && trend.length >= FEWEST ? (
        <figure className={styles.trend} aria-label={t('healthPage.trend', { place: place.placeName })}>
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
      ) : (
        <Text size="sm" c="dimmed" mb="md">
          {t('healthPage.trendEmpty')}
        </Text>
      )}
      <Figures>
        <Figure label={t('healthPage.stored')}>
          {stored ? bytes(stored.bytes) : t('healthPage.notStored')}
          {stored && (
            <Text size="sm" c="dimmed">
              {t('healthPage.storedAt', { when: relative(stored.at, Date.now()) })}
            </Text>
          )}
        </Figure>
        <Figure label={t('healthPage.cost')}>
          <CostText cost={cost} words={words} />
        </Figure>
        <Figure label={t('healthPage.requests')}>
          {t('healthPage.requestsText', {
            write: number(requests.write),
            read: number(requests.read),
            list: number(requests.list),
          })}
        </Figure>
      </Figures>
    </Card>
  )
}

function CostText({ cost, words: { t, money, date } }: { cost: PlaceCost; words: Words }) {
  if (cost.state === 'free') return t('healthPage.costFree')
  if (cost.state === 'unknown') return t('healthPage.costUnknown')
  return (
    <>
      {t('healthPage.costText', {
        soFar: money(cost.monthToDate, cost.currency),
        forecast: money(cost.forecast, cost.currency),
      })}
      <Text size="sm" c="dimmed" title={cost.priceSource}>
        {t(cost.isOwn ? 'healthPage.costOwn' : 'healthPage.costPrices', { date: date(cost.priceDate) })}
      </Text>
    </>
  )
}
