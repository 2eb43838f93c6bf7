import { Button, Menu, Switch } from '@mantine/core'
import { IconDeviceLaptop, IconListDetails, IconShieldCheck } from '@tabler/icons-react'
import { useState } from 'react'
import type { SyncedFolder } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { KeptFolderActions } from '../../components/kept-folder/kept-folder-actions.tsx'
import { addressOf, goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { CheckDialog } from './dialogs/check-dialog.tsx'
import { EditDialog } from './dialogs/edit-dialog.tsx'
import { InviteDialog } from './dialogs/invite-dialog.tsx'

/** What can be done with a synced folder: sync it now first of all. */
export function FolderActions({ folder }: { folder: SyncedFolder }) {
  const { t } = useWords()
  const run = useAction('sync.run')
  const update = useAction('sync.update')
  const remove = useAction('sync.remove')
  const [opened, setOpened] = useState<'edit' | 'invite' | 'check' | 'remove'>()
  const { id, name, auto } = folder
  const failed = run.error ?? update.error
  const close = (): void => {
    setOpened(undefined)
    remove.forget()
  }
  const leave = async (): Promise<void> => {
    if (!(await remove.act({ id }))) return
    close()
    goTo('sync')
  }

  return (
    <>
      {failed && <ErrorNote error={failed} place={folder.placeName} />}
      <KeptFolderActions
        words="syncPage"
        name={name}
        filesAt={id}
        run={{ busy: run.busy, isRunning: folder.state === 'syncing', begin: () => void run.act({ id }) }}
        buttons={
          <>
            <Switch
              label={t('syncPage.auto')}
              aria-label={t('syncPage.autoNamed', { name })}
              checked={auto}
              disabled={update.busy}
              onChange={(event) => update.act({ id, change: { auto: event.currentTarget.checked } })}
            />
            <Button
              variant="default"
              leftSection={<IconDeviceLaptop size={16} aria-hidden />}
              aria-label={t('syncPage.invite.buttonNamed', { name })}
              onClick={() => setOpened('invite')}
            >
              {t('syncPage.invite.button')}
            </Button>
          </>
        }
        items={
          <>
            <Menu.Item
              component="a"
              href={addressOf('sync', `${id}/queue`)}
              leftSection={<IconListDetails size={16} aria-hidden />}
            >
              {t('syncPage.openQueue')}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconShieldCheck size={16} aria-hidden />}
              onClick={() => setOpened('check')}
            >
              {t('syncPage.check.open')}
            </Menu.Item>
          </>
        }
        leaving={{
          opened: opened === 'remove',
          body: t('syncPage.stopBody', { place: folder.placeName }),
          busy: remove.busy,
          error: remove.error,
          onClose: close,
          onConfirm: () => void leave(),
        }}
        onEdit={() => setOpened('edit')}
        onLeave={() => setOpened('remove')}
      />
      <InviteDialog folder={folder} opened={opened === 'invite'} onClose={close} />
      <CheckDialog folder={folder} opened={opened === 'check'} onClose={close} />
      <EditDialog folder={folder} opened={opened === 'edit'} onClose={close} />
    </>
  )
}
