import { Anchor, Text } from '@mantine/core'
import type { SyncedFolder } from '../../../main/contract/index.ts'
import { Figure, Figures } from '../../components/figures.tsx'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { addressOf } from '../../store/route.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './sync.module.css'

/** What is in a synced folder, what waits, and what went to and fro. */
export function FolderFigures({ folder }: { folder: SyncedFolder }) {
  const { t, bytes } = useWords()
  const { id, lastSyncAt, pendingChanges, conflicts, totals } = folder
  return (
    <Figures>
      <Figure label={t('syncPage.lastSync')}>
        {lastSyncAt ? <RelativeTime at={lastSyncAt} /> : t('common.never')}
      </Figure>
      <Figure label={t('syncPage.holds')}>
        {t('count.files', { count: folder.files })} · {bytes(folder.bytes)}
      </Figure>
      <Figure label={t('syncPage.waits')}>
        {pendingChanges > 0 ? (
          <Anchor inherit href={addressOf('sync', `${id}/queue`)}>
            {t('syncPage.changes', { count: pendingChanges })}
          </Anchor>
        ) : (
          t('syncPage.nothingWaits')
        )}
        {conflicts > 0 && (
          <Text inherit>
            <Anchor inherit href={addressOf('sync', 'conflicts')}>
              {t('syncPage.conflictCount', { count: conflicts })}
            </Anchor>
          </Text>
        )}
      </Figure>
      <Figure label={t('syncPage.transferred')}>
        {t('syncPage.sentAndFetched', {
          sent: bytes(totals.uploadedBytes),
          fetched: bytes(totals.downloadedBytes),
        })}
      </Figure>
    </Figures>
  )
}

/** How a folder's syncs have gone so far. */
export function TotalFigures({ totals }: Pick<SyncedFolder, 'totals'>) {
  const { t, bytes, number, share, duration } = useWords()
  const { syncs, failures } = totals
  return (
    <div data-testid="sync-totals" className={styles.totals}>
      <Figures>
        <Figure label={t('syncPage.uploaded')}>{bytes(totals.uploadedBytes)}</Figure>
        <Figure label={t('syncPage.downloaded')}>{bytes(totals.downloadedBytes)}</Figure>
        <Figure label={t('syncPage.success')}>
          {syncs === 0
            ? t('syncPage.noSyncYet')
            : t('syncPage.successOf', { share: share((syncs - failures) / syncs), count: syncs })}
        </Figure>
        <Figure label={t('syncPage.average')}>{syncs === 0 ? '–' : duration(totals.averageMs)}</Figure>
        <Figure label={t('syncPage.conflictsEver')}>{number(totals.conflicts)}</Figure>
      </Figures>
    </div>
  )
}
