import { Group, NumberInput, PasswordInput, TextInput } from '@mantine/core'
import { useWords } from '../../words/use-words.ts'
import type { TypedAddress } from './address.ts'

/** Server, port, user and password of a database. */
export function ServerFields({
  value,
  onChange,
}: {
  value: TypedAddress
  onChange: (value: TypedAddress) => void
}) {
  const { t } = useWords()
  const set = (change: Partial<TypedAddress>): void => onChange({ ...value, ...change })
  return (
    <>
      <Group align="flex-end" wrap="nowrap">
        <TextInput
          flex={1}
          label={t('databases.host')}
          description={t('databases.hostHint')}
          placeholder="localhost"
          value={value.host}
          onChange={(event) => set({ host: event.currentTarget.value })}
        />
        <NumberInput
          w={110}
          label={t('databases.port')}
          min={1}
          max={65_535}
          allowDecimal={false}
          hideControls
          value={value.port}
          onChange={(port) => set({ port })}
        />
      </Group>
      <Group grow align="flex-start">
        <TextInput
          label={t('databases.user')}
          autoComplete="off"
          value={value.user}
          onChange={(event) => set({ user: event.currentTarget.value })}
        />
        <PasswordInput
          label={t('databases.password')}
          description={t('databases.passwordHint')}
          autoComplete="off"
          value={value.password}
          onChange={(event) => set({ password: event.currentTarget.value })}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
        />
      </Group>
    </>
  )
}
