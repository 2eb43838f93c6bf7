import { Anchor, Text } from '@mantine/core'
import { IconMapPin } from '@tabler/icons-react'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { kindOf, providerIcons } from '../../components/provider.ts'
import { Section } from '../../components/section.tsx'
import { healthLook } from '../../components/states.ts'
import { ToneBadge } from '../../components/tone.tsx'
import { addressOf } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './status-page.module.css'

/** Every place in a line: whether it works and what it holds. */
export function PlacesSummary() {
  const { t, bytes } = useWords()
  const places = Object.values(useSlice('places') ?? {})
  return (
    <Section
      title={t('statusPage.placesTitle')}
      aside={
        <Anchor href={addressOf('places')} size="sm">
          {t('statusPage.managePlaces')}
        </Anchor>
      }
    >
      <Card className={styles.list}>
        {places.length === 0 && <EmptyNote icon={IconMapPin} text={t('statusPage.placesEmpty')} />}
        <ul className={styles.rows}>
          {places.map((place) => {
            const ProviderIcon = providerIcons[kindOf(place)]
            return (
              <li key={place.id}>
                <a className={styles.row} href={addressOf('places', place.id)}>
                  <ProviderIcon size={22} stroke={1.7} aria-hidden />
                  <span className={styles.rowText}>
                    <Text component="span" display="block" className={styles.rowTitle} truncate>
                      {place.name}
                    </Text>
                    <Text component="span" display="block" size="sm" c="dimmed">
                      {t('count.copies', { count: place.copies })} · {bytes(place.bytes)}
                    </Text>
                  </span>
                  <ToneBadge {...healthLook[place.health.state]}>
                    {t(`places.health.${place.health.state}`)}
                  </ToneBadge>
                </a>
              </li>
            )
          })}
        </ul>
      </Card>
    </Section>
  )
}
