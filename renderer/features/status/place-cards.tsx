import { Anchor } from '@mantine/core'
import { IconMapPin } from '@tabler/icons-react'
import type { Place } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { FillBar } from '../../components/fill-bar.tsx'
import { placeIcon } from '../../components/provider.ts'
import { Section } from '../../components/section.tsx'
import { healthLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { addressOf } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './summary-card.module.css'
import { Fact, SummaryCard } from './summary-card.tsx'

/** A card a place: whether it works, whether all copies are there, and how full it is. */
export function PlaceCards() {
  const { t } = useWords()
  const places = Object.values(useSlice('places') ?? {})
  return (
    <Section
      title={t('statusPage.placesTitle')}
      testId="place-cards"
      aside={
        <Anchor href={addressOf('places')} size="sm">
          {t('statusPage.managePlaces')}
        </Anchor>
      }
    >
      {places.length === 0 ? (
        <Card>
          <EmptyNote icon={IconMapPin} text={t('statusPage.placesEmpty')} />
        </Card>
      ) : (
        <div className={styles.grid}>
          {places.map((place) => (
            <PlaceCard place={place} key={place.id} />
          ))}
        </div>
      )}
    </Section>
  )
}

function PlaceCard({ place }: { place: Place }) {
  const { t, number } = useWords()
  const { health, copies, behind } = place
  const look = healthLook[health.state]
  return (
    <SummaryCard
      picture={<ToneDisc tone={look.tone} icon={placeIcon(place)} size={40} />}
      name={place.name}
      href={addressOf('places', place.id)}
      look={look}
      state={t(`places.health.${health.state}`)}
      testId="home-place"
      foot={<Room place={place} />}
    >
      <Fact label={t('statusPage.copies')}>
        {t('statusPage.syncedOf', { synced: number(copies), total: number(copies + behind) })}
      </Fact>
      <Fact label={t(health.state === 'ok' ? 'statusPage.lastContact' : 'statusPage.lastTry')}>
        {health.checkedAt ? <RelativeTime at={health.checkedAt} /> : t('common.never')}
      </Fact>
    </SummaryCard>
  )
}

/** How full it is: against its budget where one is set, else against its disk; else only what lies there. */
function Room({ place }: { place: Place }) {
  const { t, bytes } = useWords()
  const { budgetBytes, capabilities, bytes: own } = place
  const { totalBytes, freeBytes } = capabilities ?? {}
  if (budgetBytes !== undefined) {
    const left = bytes(Math.max(0, budgetBytes - own))
    return (
      <div className={styles.room} data-testid="room">
        <FillBar own={own} whole={budgetBytes} verdict={own > budgetBytes ? 'attention' : 'healthy'} />
        {t('storagePage.left.budget', { left, whole: bytes(budgetBytes) })}
      </div>
    )
  }
  if (totalBytes === undefined || freeBytes === undefined || totalBytes === 0)
    return <div className={styles.room}>{t('statusPage.stored', { size: bytes(own) })}</div>
  return (
    <div className={styles.room} data-testid="room">
      <FillBar own={own} others={Math.max(0, totalBytes - freeBytes - own)} whole={totalBytes} />
      {t('storagePage.left.disk', { left: bytes(freeBytes), whole: bytes(totalBytes) })}
    </div>
  )
}
