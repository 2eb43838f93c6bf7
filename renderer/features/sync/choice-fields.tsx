import { Stack, Textarea } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useWords } from '../../words/use-words.ts'
import { IgnorePreview } from './ignore-preview.tsx'
import { linesOf } from './paths.ts'

/** What of a folder is synced, as it is typed: one a line. */
export interface TypedChoice {
  readonly only: string
  readonly ignore: string
}

const TYPING_MS = 300

/** Which subfolders are synced and what is left out, tried on the folder while it is typed. */
export function ChoiceFields({
  folder,
  value,
  onChange,
}: {
  folder: string
  value: TypedChoice
  onChange: (choice: TypedChoice) => void
}) {
  const { t } = useWords()
  const [tried] = useDebouncedValue(value, TYPING_MS)
  return (
    <Stack>
      <Textarea
        autosize
        minRows={2}
        maxRows={6}
        label={t('syncPage.only')}
        description={t('syncPage.onlyHint')}
        classNames={{ input: 'mono' }}
        value={value.only}
        onChange={(event) => onChange({ ...value, only: event.currentTarget.value })}
      />
      <Textarea
        autosize
        minRows={2}
        maxRows={8}
        label={t('syncPage.ignore')}
        description={t('syncPage.ignoreHint')}
        classNames={{ input: 'mono' }}
        value={value.ignore}
        onChange={(event) => onChange({ ...value, ignore: event.currentTarget.value })}
      />
      {folder !== '' && (
        <IgnorePreview folder={folder} only={linesOf(tried.only)} ignore={linesOf(tried.ignore)} />
      )}
    </Stack>
  )
}
