import { ActionIcon, Button, Group, Menu, Switch } from '@mantine/core'
import {
  IconAdjustments,
  IconDeviceLaptop,
  IconDots,
  IconHistory,
  IconListDetails,
  IconPlugConnectedX,
  IconRefresh,
  IconShieldCheck,
} from '@tabler/icons-react'
import { useState } from 'react'
import type { SyncedFolder } from '../../../main/contract/index.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { addressOf, goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { CheckDialog } from './check-dialog.tsx'
import { EditDialog } from './edit-dialog.tsx'
import { InviteDialog } from './invite-dialog.tsx'

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
      <Group gap="md">
        <Button
          variant="light"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={run.busy}
          disabled={folder.state === 'syncing'}
          aria-label={t('syncPage.runNamed', { name })}
          onClick={() => run.act({ id })}
        >
          {t('syncPage.run')}
        </Button>
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
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={36}
              ml="auto"
              aria-label={t('common.actions', { name })}
            >
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconAdjustments size={16} aria-hidden />}
              onClick={() => setOpened('edit')}
            >
              {t('syncPage.edit')}
            </Menu.Item>
            <Menu.Item
              component="a"
              href={addressOf('sync', id)}
              leftSection={<IconHistory size={16} aria-hidden />}
            >
              {t('syncPage.openFiles')}
            </Menu.Item>
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
            <Menu.Divider />
            <Menu.Item
              leftSection={<IconPlugConnectedX size={16} aria-hidden />}
              onClick={() => setOpened('remove')}
            >
              {t('syncPage.stop')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <InviteDialog folder={folder} opened={opened === 'invite'} onClose={close} />
      <CheckDialog folder={folder} opened={opened === 'check'} onClose={close} />
      <EditDialog folder={folder} opened={opened === 'edit'} onClose={close} />
      <ConfirmDialog
        opened={opened === 'remove'}
        onClose={close}
        title={t('syncPage.stopTitle', { name })}
        body={t('syncPage.stopBody', { place: folder.placeName })}
        confirm={t('syncPage.stopConfirm')}
        busy={remove.busy}
        error={remove.error}
        onConfirm={() => void leave()}
      />
    </>
  )
}
