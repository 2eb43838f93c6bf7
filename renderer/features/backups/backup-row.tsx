import { Anchor, Group, Table } from '@mantine/core'
import type { Backup } from '../../../main/contract/index.ts'
import { CopiesBadge } from '../../components/copies-badge.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { backupLook } from '../../components/states.ts'
import { ToneBadge } from '../../components/tone.tsx'
import { addressOf } from '../../store/route.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './history.module.css'

/** One backup in the history; its time leads to the details. */
export function BackupRow({ backup }: { backup: Backup }) {
  const { t, bytes, number, exact } = useWords()
  return (
    <Table.Tr data-testid="backup-row" data-backup-id={backup.id}>
      <Table.Td className={styles.time}>
        <Anchor
          href={addressOf('backups', backup.id)}
          aria-label={t('backups.open', { time: exact(backup.createdAt) })}
        >
          <RelativeTime at={backup.createdAt} />
        </Anchor>
      </Table.Td>
      <Table.Td className={styles.plan}>{backup.planName ?? t('backups.oneOff')}</Table.Td>
      <Table.Td className={`${styles.end} tabular`}>{bytes(backup.sizeBytes)}</Table.Td>
      <Table.Td className={`${styles.end} ${styles.wide} tabular`}>{number(backup.files)}</Table.Td>
      <Table.Td>
        <Group gap={6}>
          {backup.copies.length > 0 && <CopiesBadge copies={backup.copies} />}
          {backup.state !== 'complete' && (
            <ToneBadge {...backupLook[backup.state]}>{t(`backups.state.${backup.state}`)}</ToneBadge>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}
