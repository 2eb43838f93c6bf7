import { Anchor, Group, Text, Title } from '@mantine/core'
import type { StoragePlace } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { Figure, Figures } from '../../components/figures.tsx'
import { placeIcon } from '../../components/provider.ts'
import { verdictLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { addressOf } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { CostText } from './cost-text.tsx'
import { Quota } from './quota.tsx'
import styles from './storage.module.css'
import { TrendFigure } from './trend-figure.tsx'

/** A place: how full it is and until when, how that grew, what was saved, and what it costs. */
export function PlaceStorageCard({ place }: { place: StoragePlace }) {
  const { t, bytes } = useWords()
  const known = useSlice('places')?.[place.placeId]
  const ProviderIcon = known && placeIcon(known)
  const { placeName, verdict, room, stored, savings, cost, pace } = place
  return (
    <Card data-testid="place-storage">
      <Group justify="space-between" mb="md" wrap="nowrap">
        <Group gap="sm" wrap="nowrap">
          {ProviderIcon && <ProviderIcon size={22} stroke={1.7} aria-hidden />}
          <Title order={3} size="h5" className={styles.name}>
            {placeName}
          </Title>
        </Group>
        {verdict !== 'healthy' && (
          <ToneBadge {...verdictLook[verdict]}>{t(`storagePage.level.${verdict}`)}</ToneBadge>
        )}
      </Group>
      <Quota place={place} />
      <TrendFigure place={place} />
      <Figures>
        <Figure label={t('storagePage.full')}>
          {room?.fullAt === undefined ? t(`storagePage.${endOf(place)}`) : <RelativeTime at={room.fullAt} />}
          {pace !== undefined && pace > 0 && (
            <Text size="sm" c="dimmed">
              {t('storagePage.pace', { size: bytes(Math.round(pace * 30)) })}
            </Text>
          )}
        </Figure>
        <Figure label={t('storagePage.saved')}>
          <SavedText savings={savings} storedBytes={stored?.bytes} />
        </Figure>
        <Figure label={t('healthPage.cost')}>
          <CostText cost={cost} />
        </Figure>
      </Figures>
      <Anchor size="sm" href={addressOf('places', place.placeId)}>
        {t('storagePage.setLimit', { place: placeName })}
      </Anchor>
    </Card>
  )
}

function SavedText({
  savings,
  storedBytes,
}: {
  savings: StoragePlace['savings']
  storedBytes: number | undefined
}) {
  const { t, bytes, share } = useWords()
  if (!savings || storedBytes === undefined || savings.sourceBytes === 0) return t('healthPage.notMeasured')
  const { backups, sourceBytes, knownBytes = 0, compressedBytes = 0 } = savings
  const saved = share(Math.max(0, 1 - storedBytes / sourceBytes))
  const about = { share: saved, size: bytes(sourceBytes), count: backups }
  const ways = [
    ...(knownBytes > 0 ? [t('storagePage.savedOnce', { size: bytes(knownBytes) })] : []),
    ...(compressedBytes > 0 ? [t('storagePage.savedCompressed', { size: bytes(compressedBytes) })] : []),
  ]
  return (
    <>
      {saved === share(0) ? t('storagePage.savedNothing', about) : t('storagePage.savedShare', about)}
      {ways.length > 0 && (
        <Text size="sm" c="dimmed">
          {ways.join(' · ')}
        </Text>
      )}
    </>
  )
}

/** Why no day is named: nothing sets an end, too little was measured, or it is years away. */
function endOf({ room, pace }: StoragePlace): 'never' | 'noPace' | 'notSoon' {
  if (!room) return 'never'
  return pace === undefined ? 'noPace' : 'notSoon'
}
