import { Loader, Text } from '@mantine/core'
import { ErrorNote } from '../../../components/error-note.tsx'
import { useAnswer } from '../../../store/use-answer.ts'
import { nameOf } from '../../../words/paths.ts'
import { useWords } from '../../../words/use-words.ts'
import styles from '../sync.module.css'

const MOST_CHARACTERS = 40_000

/** What a version of a file holds: its text or its picture. */
export function VersionPreviewBox({
  folderId,
  path,
  slot,
}: {
  folderId: string
  path: string
  slot: number
}) {
  const { t } = useWords()
  const { data, error } = useAnswer('sync.preview', { id: folderId, path, slot })
  if (error) return <ErrorNote error={error} />
  if (!data) return <Loader size="sm" m="sm" aria-label={t('common.loading')} />
  if (data.image)
    return <img className={styles.picture} src={data.image} alt={nameOf(path)} data-testid="preview" />
  if (data.text === undefined)
    return (
      <Text size="sm" c="dimmed" mt="xs" data-testid="preview">
        {t('syncPage.noPreview')}
      </Text>
    )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
    <pre className={styles.text} tabIndex={0} data-testid="preview">
      {data.text.slice(0, MOST_CHARACTERS)}
      {data.text.length > MOST_CHARACTERS && '…'}
    </pre>
  )
}
