import { Anchor, Radio, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { addressOf } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { kindOf, placeIcon } from '../provider.ts'
import styles from './place-choice.module.css'

/** The place a folder is synced through or mirrored with, a tile each. */
export function PlaceChoice({
  value,
  onChange,
  error,
  words = 'syncPage',
}: {
  value: string
  onChange: (placeId: string) => void
  error: ReactNode
  words?: 'syncPage' | 'mirrors'
}) {
  const { t } = useWords()
  const places = Object.values(useSlice('places') ?? {})
  if (places.length === 0)
    return (
      <Text size="sm">
        {t(`${words}.noPlace`)} <Anchor href={addressOf('places', 'new')}>{t('syncPage.addPlace')}</Anchor>
      </Text>
    )
  return (
    <Radio.Group
      label={t(`${words}.place`)}
      description={t(`${words}.placeHint`)}
      value={value}
      onChange={onChange}
      error={error}
    >
      <div className={styles.tiles}>
        {places.map((place) => {
          const ProviderIcon = placeIcon(place)
          return (
            <Radio.Card key={place.id} value={place.id} className={styles.tile} aria-label={place.name}>
              <ProviderIcon size={24} stroke={1.6} aria-hidden />
              <span className={styles.tileText}>
                <strong>{place.name}</strong>
                <small>{t(`providers.${kindOf(place)}`)}</small>
              </span>
              <Radio.Indicator />
            </Radio.Card>
          )
        })}
      </div>
    </Radio.Group>
  )
}
