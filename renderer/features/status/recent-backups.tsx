import { Anchor, Text } from '@mantine/core'
import { IconArchive } from '@tabler/icons-react'
import { Card } from '../../components/card.tsx'
import { CopiesBadge } from '../../components/copies-badge.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { Section } from '../../components/section.tsx'
import { backupLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { addressOf } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './status-page.module.css'

const SHOWN = 5

/** The newest backups and where each has got to. */
export function RecentBackups() {
  const { t, bytes } = useWords()
  const backups = useSlice('recent')?.backups.slice(0, SHOWN) ?? []
  return (
    <Section
      title={t('statusPage.recent')}
      testId="recent-backups"
      aside={
        <Anchor href={addressOf('backups')} size="sm">
          {t('statusPage.allBackups')}
        </Anchor>
      }
    >
      <Card className={styles.list}>
        {backups.length === 0 && <EmptyNote icon={IconArchive} text={t('statusPage.recentEmpty')} />}
        <ul className={styles.rows}>
          {backups.map((backup) => (
            <li key={backup.id}>
              <a className={styles.row} href={addressOf('backups', backup.id)}>
                <ToneDisc {...backupLook[backup.state]} size={32} />
                <span className={styles.rowText}>
                  <Text component="span" display="block" className={styles.rowTitle} truncate>
                    {backup.planName ?? t('backups.oneOff')}
                  </Text>
                  <Text component="span" display="block" size="sm" c="dimmed">
                    <RelativeTime at={backup.createdAt} /> · {bytes(backup.sizeBytes)}
                  </Text>
                </span>
                {backup.copies.length > 0 ? (
                  <CopiesBadge copies={backup.copies} />
                ) : (
                  t(`backups.state.${backup.state}`)
                )}
              </a>
            </li>
          ))}
        </ul>
      </Card>
    </Section>
  )
}
