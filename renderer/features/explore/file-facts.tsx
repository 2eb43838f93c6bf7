import { Text } from '@mantine/core'
import type { DataKind } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'

/** What a file is, how large, and as of when. */
export function FileFacts({
  kind,
  sizeBytes,
  modifiedAt,
}: {
  kind: DataKind
  sizeBytes: number
  modifiedAt: string
}) {
  const { t, bytes, exact } = useWords()
  return (
    <Text size="sm" c="dimmed" data-testid="file-facts">
      {t(`explorePage.kind.${kind}`)} · {bytes(sizeBytes)} ·{' '}
      {t('explorePage.changedAt', { at: exact(modifiedAt) })}
    </Text>
  )
}
