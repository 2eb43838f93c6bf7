import { Group, Text } from '@mantine/core'
import type { Backup, Proof } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { copyLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { useWords } from '../../words/use-words.ts'
import styles from './backup-details.module.css'

/** Where a backup lies, place by place, and when each copy was last checked. `proofs`: also when a restore from there was last tried. */
export function CopyList({ copies, proofs }: { copies: Backup['copies']; proofs?: readonly Proof[] }) {
  const { t } = useWords()
  return (
    <ul className={styles.copies} data-testid="copies">
      {copies.map((copy) => (
        <li key={copy.placeId}>
          <Group justify="space-between" wrap="nowrap">
            <Text fw={560} truncate>
              {copy.placeName}
            </Text>
            <ToneBadge {...copyLook[copy.state]}>{t(`copies.state.${copy.state}`)}</ToneBadge>
          </Group>
          {copy.url && <code className={styles.url}>{copy.url}</code>}
          <Text size="xs" c="dimmed">
            {copy.syncedAt && (
              <>
                {t('backups.syncedAt')} <RelativeTime at={copy.syncedAt} />
                {' · '}
              </>
            )}
            {copy.verifiedAt ? (
              <>
                {t('backups.verifiedAt')} <RelativeTime at={copy.verifiedAt} />
              </>
            ) : (
              t('backups.neverVerified')
            )}
          </Text>
          {proofs && <Proven proof={proofs.find((proof) => proof.placeId === copy.placeId)} />}
          {copy.error && (
            <div className={styles.error}>
              <ErrorNote error={copy.error} place={copy.placeName} />
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}

function Proven({ proof }: { proof: Proof | undefined }) {
  const { t } = useWords()
  return (
    <Text size="xs" c={proof?.ok === false ? 'var(--es-bad)' : 'dimmed'}>
      {proof === undefined ? (
        t('health.notProven')
      ) : (
        <>
          {t(proof.ok ? 'health.proven' : 'health.provenFailed')} <RelativeTime at={proof.at} />
        </>
      )}
    </Text>
  )
}
