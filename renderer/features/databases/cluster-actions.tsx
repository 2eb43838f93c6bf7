import { ActionIcon, Button, Group, Modal, Tooltip } from '@mantine/core'
import { IconHistory, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { PlaceCoverage, ProtectedDatabase } from '../../../main/contract/index.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { coveredBands } from './coverage-bands.ts'
import { RecoverDialog } from './recover-dialog.tsx'
import { ServerSettings } from './server-settings.tsx'

/** What can be done with a protected cluster. */
export function ClusterActions({
  database,
  places,
  onRemoved,
}: {
  database: ProtectedDatabase
  places: readonly PlaceCoverage[]
  onRemoved: () => void
}) {
  const { t } = useWords()
  const base = useAction('databases.base')
  const prove = useAction('databases.prove')
  const remove = useAction('databases.remove')
  const [opened, setOpened] = useState<'recover' | 'settings' | 'remove'>()
  const { name } = database
  const close = (): void => {
    setOpened(undefined)
    remove.forget()
  }
  const failed = base.error ?? prove.error
  // A place that could not be read may hold what the others lack.
  const isHopeless =
    places.length > 0 && coveredBands(places).length === 0 && places.every((place) => !place.error)

  const confirm = async (): Promise<void> => {
    if (!(await remove.act({ name }))) return
    close()
    onRemoved()
  }

  return (
    <>
      {failed && <ErrorNote error={failed} />}
      <Group gap="xs">
        <Button
          variant="light"
          leftSection={<IconHistory size={16} aria-hidden />}
          disabled={isHopeless}
          aria-label={t('databasesPage.recoverNamed', { name })}
          onClick={() => setOpened('recover')}
        >
          {t('databasesPage.recover')}
        </Button>
        <Button
          variant="default"
          loading={prove.busy}
          aria-label={t('databasesPage.proveNamed', { name })}
          onClick={() => prove.act({ name })}
        >
          {t('databasesPage.prove')}
        </Button>
        <Button
          variant="default"
          loading={base.busy}
          aria-label={t('databasesPage.baseNowNamed', { name })}
          onClick={() => base.act({ name })}
        >
          {t('databasesPage.baseNow')}
        </Button>
        <Button
          variant="default"
          aria-label={t('databasesPage.settingsNamed', { name })}
          onClick={() => setOpened('settings')}
        >
          {t('databasesPage.settings')}
        </Button>
        <Tooltip label={t('databasesPage.remove')}>
          <ActionIcon
            variant="subtle"
            color="red.8"
            size={36}
            ml="auto"
            aria-label={t('databasesPage.removeNamed', { name })}
            onClick={() => setOpened('remove')}
          >
            <IconTrash size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
      <RecoverDialog opened={opened === 'recover'} onClose={close} database={database} places={places} />
      <Modal
        opened={opened === 'settings'}
        onClose={close}
        size="lg"
        title={t('databasesPage.settingsTitle', { name })}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {opened === 'settings' && <ServerSettings name={name} onClose={close} />}
      </Modal>
      <ConfirmDialog
        opened={opened === 'remove'}
        onClose={close}
        title={t('databasesPage.removeTitle', { name })}
        body={t('databasesPage.removeBody')}
        confirm={t('databasesPage.removeConfirm', { name })}
        busy={remove.busy}
        error={remove.error}
        onConfirm={() => void confirm()}
      />
    </>
  )
}
