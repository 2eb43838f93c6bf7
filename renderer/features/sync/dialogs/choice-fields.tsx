import { Stack } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { LinesField } from '../../../components/forms/lines-field.tsx'
import { IgnorePreview } from '../../../components/kept-folder/ignore-preview.tsx'
import { linesOf } from '../../../words/paths.ts'
import { useWords } from '../../../words/use-words.ts'

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
      <LinesField
        label={t('syncPage.only')}
        description={t('syncPage.onlyHint')}
        maxRows={6}
        value={value.only}
        onChange={(only) => onChange({ ...value, only })}
      />
      <LinesField
        label={t('syncPage.ignore')}
        description={t('syncPage.ignoreHint')}
        maxRows={8}
        value={value.ignore}
        onChange={(ignore) => onChange({ ...value, ignore })}
      />
      {folder !== '' && (
        <IgnorePreview folder={folder} only={linesOf(tried.only)} ignore={linesOf(tried.ignore)} />
      )}
    </Stack>
  )
}
