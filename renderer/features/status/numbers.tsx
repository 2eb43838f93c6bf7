import { Text, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { Card } from '../../components/card.tsx'
import { kindOf, providerIcons } from '../../components/provider.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './status-page.module.css'

/** How many backups, how big, copied where, and what compression saves. */
export function Numbers() {
  const { t, bytes, number, share } = useWords()
  const stats = useSlice('stats')?.current
  const places = Object.values(useSlice('places') ?? {})
  if (!stats) return null

  return (
    <section className={styles.numbers} aria-label={t('statusPage.numbers')} data-testid="numbers">
      <NumberCard label={t('statusPage.backups')}>{number(stats.total_backups)}</NumberCard>
      <NumberCard label={t('statusPage.totalSize')}>{bytes(stats.total_size_bytes)}</NumberCard>
      <NumberCard label={t('statusPage.synced')}>
        {t('statusPage.syncedOf', { synced: number(stats.cloud_synced), total: number(stats.total_backups) })}
      </NumberCard>
      <NumberCard label={t('statusPage.saved')}>{share(stats.saved_ratio)}</NumberCard>
      <NumberCard label={t('statusPage.providers')}>
        <span className={styles.providerIcons}>
          {places.length === 0 && '0'}
          {places.slice(0, 5).map((place) => {
            const ProviderIcon = providerIcons[kindOf(place)]
            const words = `${place.name} (${t(`providers.${kindOf(place)}`)})`
            return (
              <Tooltip label={words} key={place.id}>
                <ProviderIcon size={24} stroke={1.7} role="img" aria-label={words} />
              </Tooltip>
            )
          })}
        </span>
      </NumberCard>
    </section>
  )
}

function NumberCard({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Card p="md">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <div className={styles.number}>{children}</div>
    </Card>
  )
}
