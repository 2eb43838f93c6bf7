import { Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { RetentionPreview } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useWords } from '../../words/use-words.ts'
import styles from './retention.module.css'
import { cellsOf } from './strip-cells.ts'

/** What a rule does in one place: in a sentence, and as a strip from the oldest snapshot to the newest. */
export function PlacePreview({ preview }: { preview: RetentionPreview['places'][number] }) {
  const { t, bytes, day } = useWords()
  const { placeName: place, kept, forgotten } = preview
  if (preview.error) return <ErrorNote error={preview.error} place={place} />
  return (
    <div data-testid="place-preview">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={560}>
          {t('retention.atPlace', {
            place,
            stay: t('retention.stay', { count: kept }),
            go: t('retention.go', { count: forgotten }),
          })}
        </Text>
        <Text size="sm" c="dimmed" className="tabular">
          {forgotten > 0 && t('retention.frees', { size: bytes(preview.freedBytes) })}
        </Text>
      </Group>
      <ol className={styles.strip} aria-hidden>
        {cellsOf(preview.entries).map((cell) => (
          <li
            key={cell.from}
            title={t('retention.cell', {
              from: day(cell.from.slice(0, 10)),
              to: day(cell.to.slice(0, 10)),
              kept: cell.kept,
              count: cell.count,
            })}
          >
            <span className={styles.gone} style={{ flexGrow: cell.count - cell.kept }} />
            <span className={styles.kept} style={{ flexGrow: cell.kept }} />
          </li>
        ))}
      </ol>
      {preview.needsConfirmation && (
        <Text size="xs" className={styles.much}>
          <IconAlertTriangle size={14} aria-hidden /> {t('retention.much')}
        </Text>
      )}
    </div>
  )
}
