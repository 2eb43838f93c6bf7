import { Anchor } from '@mantine/core'
import { memo } from 'react'
import type { Backup } from '../../../main/contract/index.ts'
import { CopiesBadge } from '../../components/copies-badge.tsx'
import { backupLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { addressOf } from '../../store/route.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './history.module.css'

/** One backup in the history; its time leads to the details. */
export const BackupRow = memo(function BackupRow({ backup }: { backup: Backup }) {
  const { t, bytes, number, exact } = useWords()
  return (
    <div className={styles.line} data-testid="backup-row" data-backup-id={backup.id}>
      <span className={styles.made}>
        <Anchor
          href={addressOf('backups', backup.id)}
          aria-label={t('backups.open', { time: exact(backup.createdAt) })}
        >
          <RelativeTime at={backup.createdAt} />
        </Anchor>
      </span>
      <span className={styles.plan}>
        {backup.planName ?? t('backups.oneOff')}
        {backup.tag && <small> · {backup.tag}</small>}
      </span>
      <span className={`${styles.size} tabular`}>{bytes(backup.sizeBytes)}</span>
      <span className={`${styles.files} tabular`}>{number(backup.files)}</span>
      <span className={styles.copies}>
        {backup.copies.length > 0 && <CopiesBadge copies={backup.copies} />}
        {backup.state !== 'complete' && (
          <ToneBadge {...backupLook[backup.state]}>{t(`backups.state.${backup.state}`)}</ToneBadge>
        )}
      </span>
    </div>
  )
})
