import { Stack } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { LinesField } from '../../components/forms/lines-field.tsx'
import { PreviewedFolder } from '../../components/kept-folder/ignore-preview.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { linesOf } from '../../words/paths.ts'
import { useWords } from '../../words/use-words.ts'

const TYPING_MS = 300

/** What is left out of a mirror, tried on the folder while it is typed. `folder` empty: there is nothing to try it on. */
export function IgnoreField({
  folder,
  value,
  onChange,
}: {
  folder: string
  value: string
  onChange: (ignore: string) => void
}) {
  const { t } = useWords()
  const [tried] = useDebouncedValue(value, TYPING_MS)
  return (
    <Stack>
      <LinesField
        label={t('syncPage.ignore')}
        description={t('mirrors.ignoreHint')}
        maxRows={8}
        value={value}
        onChange={onChange}
      />
      {folder !== '' && <Tried folder={folder} ignore={linesOf(tried)} />}
    </Stack>
  )
}

function Tried({ folder, ignore }: { folder: string; ignore: readonly string[] }) {
  const [path, setPath] = useState('')
  const answer = useAnswer('mirror.previewIgnore', { folder, ignore: [...ignore], path })
  return <PreviewedFolder answer={answer} path={path} onOpen={setPath} words="mirrors.preview" />
}
