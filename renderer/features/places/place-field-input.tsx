import { Button, Group, PasswordInput, Textarea, TextInput } from '@mantine/core'
import { useFolderChoice } from '../../components/forms/use-folder-choice.tsx'
import { useWords } from '../../words/use-words.ts'
import { LimitsInput } from './limits-input.tsx'
import type { PlaceField } from './place-fields.ts'

interface Props {
  field: PlaceField
  value: string
  /** A secret of this name is in the keychain already. */
  kept: boolean
  error: string | undefined
  onChange: (value: string) => void
}

/** The right input for a field: blind for secrets, with a folder dialog for paths. */
export function PlaceFieldInput({ field, value, kept, error, onChange }: Props) {
  const { t } = useWords()
  const common = {
    label: t(`places.fields.${field.label}`),
    description: kept
      ? t('places.fields.secretKept')
      : field.hint
        ? t(`places.fields.${field.hint}`)
        : undefined,
    value,
    error,
    required: field.required && !kept,
    withAsterisk: false,
    autoComplete: 'off',
    spellCheck: false,
    placeholder: field.placeholder,
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  }
  if (field.name === 'limits') return <LimitsInput value={value} onChange={onChange} />
  if (field.name === 'path') return <FolderInput {...common} onPick={onChange} />
  if (field.lines) return <Textarea {...common} rows={field.lines} />
  if (field.secret) return <PasswordInput {...common} autoComplete="new-password" />
  return <TextInput {...common} />
}

function FolderInput({
  onPick,
  ...input
}: { onPick: (path: string) => void } & Parameters<typeof TextInput>[0]) {
  const { t } = useWords()
  const folder = useFolderChoice(onPick)
  return (
    <>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput {...input} flex={1} />
        <Button variant="default" onClick={folder.choose}>
          {t('restore.browse')}
        </Button>
      </Group>
      {folder.dialog}
    </>
  )
}
