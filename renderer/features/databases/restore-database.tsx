import { Button, Checkbox, Group, Text, TextInput } from '@mantine/core'
import { IconDatabaseImport } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import type { Backup } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { addressOf, emptyAddress, type TypedAddress } from './address.ts'
import { Panel } from './panel.tsx'
import { ServerFields } from './server-fields.tsx'

/** Leads to restoring a database of a backup into a server. */
export function RestoreDatabase({ backup }: { backup: Backup }) {
  const { t } = useWords()
  const [opened, setOpened] = useState(false)
  if (opened) return <RestoreForm backup={backup} onClose={() => setOpened(false)} />
  return (
    <Button
      size="sm"
      variant="default"
      leftSection={<IconDatabaseImport size={16} aria-hidden />}
      onClick={() => setOpened(true)}
    >
      {t('databases.restore')}
    </Button>
  )
}

function RestoreForm({ backup, onClose }: { backup: Backup; onClose: () => void }) {
  const { t, exact } = useWords()
  const start = useAction('postgres.restore')
  const [address, setAddress] = useState<TypedAddress>(emptyAddress)
  const [which, setWhich] = useState('')
  const [withRoles, setWithRoles] = useState(true)
  const [replace, setReplace] = useState(false)
  const [runId, setRunId] = useState<string>()
  const run = useSlice('runs')?.[runId ?? '']
  const isNamed = address.database.trim() !== ''

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    if (!isNamed) return
    const { password } = address
    const answer = await start.act({
      backupId: backup.id,
      into: addressOf(address),
      withRoles,
      replace,
      ...(which.trim() === '' ? {} : { database: which.trim() }),
      ...(password === '' ? {} : { password }),
    })
    setRunId(answer?.runId)
  }

  if (run?.state === 'done' && run.database) {
    const { database, host, tables, keptAs } = run.database
    return (
      <Panel title={t('databases.restoreTitle')} testId="database-restored">
        <Text>{t('databases.restored', { database, host, count: tables })}</Text>
        {keptAs && <Text size="sm">{t('databases.keptAs', { name: keptAs })}</Text>}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('common.close')}</Button>
        </Group>
      </Panel>
    )
  }
  const failed = start.error ?? run?.error
  return (
    <form onSubmit={submit} noValidate style={{ width: '100%' }}>
      <Panel title={t('databases.restoreTitle')} testId="restore-database">
        <Text size="sm" c="dimmed">
          {t('databases.restoreBody', { time: exact(backup.createdAt) })}
        </Text>
        <TextInput
          label={t('databases.which')}
          description={t('databases.whichHint')}
          value={which}
          onChange={(event) => setWhich(event.currentTarget.value)}
        />
        <ServerFields value={address} onChange={setAddress} />
        <TextInput
          label={t('databases.newName')}
          value={address.database}
          onChange={(event) => setAddress({ ...address, database: event.currentTarget.value })}
        />
        <Checkbox
          label={t('databases.withRoles')}
          checked={withRoles}
          onChange={(event) => setWithRoles(event.currentTarget.checked)}
        />
        <Checkbox
          label={t('databases.replace')}
          description={t('databases.replaceHint')}
          checked={replace}
          onChange={(event) => setReplace(event.currentTarget.checked)}
        />
        {failed && <ErrorNote error={failed} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" disabled={!isNamed} loading={start.busy || run?.state === 'running'}>
            {t('databases.restoreStart')}
          </Button>
        </Group>
      </Panel>
    </form>
  )
}
