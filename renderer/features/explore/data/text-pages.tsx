import { Loader, Stack } from '@mantine/core'
import { useState } from 'react'
import { LongText } from '../../../components/seen-text.tsx'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'
import { FileFacts } from '../file-facts.tsx'
import { Problem } from '../problem.tsx'
import { Pages } from './records-table.tsx'

const PAGE_BYTES = 32_768

/** A text of any size, page by page. */
export function TextPages({ backup, path }: { backup: string; path: string }) {
  const { t, bytes } = useWords()
  /** Where the pages up to this one begin. */
  const [starts, setStarts] = useState<readonly number[]>([0])
  const offset = starts.at(-1) ?? 0
  const { data, error, again } = useAnswer('data.read', {
    backup,
    path,
    as: 'text',
    offset,
    length: PAGE_BYTES,
  })
  if (error) return <Problem error={error} onAgain={again} />
  if (!data) return <Loader size="sm" aria-label={t('common.loading')} />
  const { nextOffset: next, sizeBytes } = data
  return (
    <Stack gap="sm">
      <FileFacts kind="text" sizeBytes={sizeBytes} modifiedAt={data.modifiedAt} />
      <div>
        <LongText key={offset} text={data.text ?? ''} label={t('explorePage.kind.text')} testId="text-page" />
        <Pages
          text={t('explorePage.textFrom', {
            from: bytes(offset),
            to: bytes(next ?? sizeBytes),
            total: bytes(sizeBytes),
          })}
          onBack={starts.length > 1 ? () => setStarts(starts.slice(0, -1)) : undefined}
          onNext={next === undefined ? undefined : () => setStarts([...starts, next])}
        />
      </div>
    </Stack>
  )
}
