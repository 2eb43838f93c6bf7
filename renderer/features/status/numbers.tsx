import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Card } from '../../components/card.tsx'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './status-page.module.css'

/** How many backups, how big, copied where, and what compression saves. */
export function Numbers() {
  const { t, bytes, number, share } = useWords()
  const stats = useSlice('stats')?.current
  if (!stats) return null

  return (
    <section className={styles.numbers} aria-label={t('statusPage.numbers')} data-testid="numbers">
      <NumberCard label={t('statusPage.backups')}>{number(stats.total_backups)}</NumberCard>
      <NumberCard label={t('statusPage.totalSize')}>{bytes(stats.total_size_bytes)}</NumberCard>
      <NumberCard label={t('statusPage.synced')}>
        {t('statusPage.syncedOf', { synced: number(stats.cloud_synced), total: number(stats.total_backups) })}
      </NumberCard>
      <NumberCard label={t('statusPage.saved')}>{share(stats.saved_ratio)}</NumberCard>
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
