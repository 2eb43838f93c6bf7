import { Loader, Stack, Text } from '@mantine/core'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'
import styles from '../explore.module.css'
import { FileFacts } from '../file-facts.tsx'
import { Problem } from '../problem.tsx'
import { hexLines } from './hex-lines.ts'

const SHOWN_BYTES = 256

/** What is neither data nor text: how large it is, and how it begins. */
export function BytesView({ backup, path }: { backup: string; path: string }) {
  const { t, number } = useWords()
  const { data, error, again } = useAnswer('data.read', { backup, path, as: 'bytes', length: SHOWN_BYTES })
  if (error) return <Problem error={error} onAgain={again} />
  if (!data) return <Loader size="sm" aria-label={t('common.loading')} />
  return (
    <Stack gap="sm">
      <FileFacts kind="bytes" sizeBytes={data.sizeBytes} modifiedAt={data.modifiedAt} />
      <Text size="sm">
        {t('explorePage.bytesHint', { number: number(Math.min(SHOWN_BYTES, data.sizeBytes)) })}
      </Text>
      <section
        className={styles.hex}
        aria-label={t('explorePage.kind.bytes')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
        tabIndex={0}
        data-testid="hex"
      >
        {hexLines(data.base64 ?? '').join('\n')}
      </section>
    </Stack>
  )
}
