import { Group, Text, Title } from '@mantine/core'
import type { PlaceHealth } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { Figure, Figures } from '../../components/figures.tsx'
import { placeIcon } from '../../components/provider.ts'
import { verdictLook } from '../../components/states.ts'
import { ToneBadge } from '../../components/tone.tsx'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { CostText } from '../storage/cost-text.tsx'
import { TrendFigure } from '../storage/trend-figure.tsx'

/** A place: what lies there and how that grew, and what it costs by prices of which day. */
export function PlaceHealthCard({ place }: { place: PlaceHealth }) {
  const { t, bytes, number, relative } = useWords()
  const known = useSlice('places')?.[place.placeId]
  const ProviderIcon = known && placeIcon(known)
  const { stored, requests, cost } = place
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
      <TrendFigure place={place} />
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
          <CostText cost={cost} />
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
