import { Button, Group, TextInput } from '@mantine/core'
import { IconFolderOpen } from '@tabler/icons-react'
import { useCallback } from 'react'
import { useWords } from '../../words/use-words.ts'
import { useFolderChoice } from './use-folder-choice.tsx'

/** A folder of this computer, typed or chosen. */
export function FolderField({
  value,
  onChange,
  error,
}: {
  value: string
  onChange: (path: string) => void
  error: string | false
}) {
  const { t } = useWords()
  const picker = useFolderChoice(useCallback((path: string) => onChange(path), [onChange]))
  return (
    <>
      <Group align="flex-start" gap="xs" wrap="nowrap">
        <TextInput
          flex={1}
          label={t('syncPage.folder')}
          value={value}
          error={error}
          onChange={(event) => onChange(event.currentTarget.value)}
          data-autofocus
        />
        <Button
          mt={25}
          variant="default"
          leftSection={<IconFolderOpen size={16} aria-hidden />}
          onClick={picker.choose}
        >
          {t('syncPage.chooseFolder')}
        </Button>
      </Group>
      {picker.dialog}
    </>
  )
}
