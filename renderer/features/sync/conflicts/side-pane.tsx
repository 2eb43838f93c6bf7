import { Text } from '@mantine/core'
import type { ConflictSide, VersionPreview } from '../../../../main/contract/index.ts'
import shared from '../../../components/kept-folder/kept-folder.module.css'
import { RelativeTime } from '../../../components/times/relative-time.tsx'
import { useWords } from '../../../words/use-words.ts'
import styles from '../sync.module.css'

/** One version of a conflict: which, how large, of when, by whom, and its picture where it is one. */
export function SidePane({
  title,
  side,
  preview,
}: {
  title: string
  side: ConflictSide
  preview: VersionPreview | undefined
}) {
  const { t, bytes } = useWords()
  return (
    <section className={styles.pane} aria-label={title} data-testid="side">
      <Text fw={640}>{title}</Text>
      <Text size="sm">
        {bytes(side.sizeBytes)}
        {side.modifiedAt && (
          <>
            {' · '}
            <RelativeTime at={side.modifiedAt} />
          </>
        )}
      </Text>
      {side.device !== undefined && (
        <Text size="sm" c="dimmed" className={shared.anywhere}>
          {side.device}
        </Text>
      )}
      {preview?.image && <img src={preview.image} alt={t('syncPage.conflicts.picture', { side: title })} />}
      {preview && preview.image === undefined && preview.text === undefined && (
        <Text size="sm" c="dimmed">
          {t('syncPage.noPreview')}
        </Text>
      )}
    </section>
  )
}
