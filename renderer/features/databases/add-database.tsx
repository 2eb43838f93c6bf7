import { Button, Checkbox, Group, TextInput } from '@mantine/core'
import { IconDatabasePlus } from '@tabler/icons-react'
import { useState } from 'react'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { ALL_DATABASES, addressOf, emptyAddress, type TypedAddress } from './address.ts'
import { Panel } from './panel.tsx'
import { ServerFields } from './server-fields.tsx'

/** Adds a database to the sources of a plan, once its server has let us in. */
export function AddDatabase({ onAdd }: { onAdd: (source: string) => void }) {
  const { t } = useWords()
  const [opened, setOpened] = useState(false)
  if (opened)
    return (
      <DatabaseForm
        onAdd={(source) => {
          onAdd(source)
          setOpened(false)
        }}
        onCancel={() => setOpened(false)}
      />
    )
  return (
    <Button
      variant="light"
      size="xs"
      mt={4}
      leftSection={<IconDatabasePlus size={16} aria-hidden />}
      onClick={() => setOpened(true)}
    >
      {t('databases.add')}
    </Button>
  )
}

// It stands inside the form of a plan, so it is no form of its own.
function DatabaseForm({ onAdd, onCancel }: { onAdd: (source: string) => void; onCancel: () => void }) {
  const { t } = useWords()
  const test = useAction('postgres.test')
  const keep = useAction('postgres.setPassword')
  const [address, setAddress] = useState<TypedAddress>(emptyAddress)
  const [tried, setTried] = useState(false)
  const isAll = address.database === ALL_DATABASES
  const isNamed = address.database.trim() !== ''
  const failed = test.error ?? keep.error

  const add = async (): Promise<void> => {
    setTried(true)
    if (!isNamed) return
    const { password } = address
    const answer = await test.act({
      source: addressOf(address),
      ...(password === '' ? {} : { password }),
    })
    if (!answer) return
    if (password !== '' && !(await keep.act({ source: answer.source, password }))) return
    onAdd(answer.source)
  }

  return (
    <Panel title={t('databases.addTitle')} testId="add-database">
      <ServerFields value={address} onChange={setAddress} />
      <TextInput
        label={t('databases.name')}
        value={isAll ? '' : address.database}
        disabled={isAll}
        error={tried && !isNamed && t('databases.nameMissing')}
        onChange={(event) => setAddress({ ...address, database: event.currentTarget.value })}
      />
      <Checkbox
        label={t('databases.all')}
        checked={isAll}
        onChange={(event) =>
          setAddress({ ...address, database: event.currentTarget.checked ? ALL_DATABASES : '' })
        }
      />
      {failed && <ErrorNote error={failed} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          {t('common.cancel')}
        </Button>
        <Button loading={test.busy || keep.busy} onClick={add}>
          {t('databases.tryAndAdd')}
        </Button>
      </Group>
    </Panel>
  )
}
