import { ActionIcon, Button, Group, Menu } from '@mantine/core'
import {
  IconAdjustments,
  IconDots,
  IconEye,
  IconHistory,
  IconPlugConnectedX,
  IconRefresh,
} from '@tabler/icons-react'
import { useState } from 'react'
import type { Mirror } from '../../../main/contract/index.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { addressOf, goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { MirrorDialog } from './mirror-dialog.tsx'
import { PreviewDialog } from './preview-dialog.tsx'

/** What can be done with a mirror: run it, look before, change it, look at its files, leave it. */
export function MirrorActions({ mirror }: { mirror: Mirror }) {
  const { t } = useWords()
  const run = useAction('mirror.run')
  const remove = useAction('mirror.remove')
  const [opened, setOpened] = useState<'edit' | 'preview' | 'remove'>()
  const { id, name, direction, state, placeName, prefix, folder } = mirror
  const close = (): void => {
    setOpened(undefined)
    remove.forget()
  }
  const leave = async (): Promise<void> => {
    if (!(await remove.act({ id }))) return
    close()
    goTo('sync', 'mirrors')
  }

  return (
    <>
      {run.error && <ErrorNote error={run.error} place={placeName} />}
      <Group gap="md">
        <Button
          variant="light"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={run.busy}
          disabled={state === 'running'}
          aria-label={t('mirrors.runNamed', { name })}
          onClick={() => run.act({ id })}
        >
          {t('mirrors.run')}
        </Button>
        <Button
          variant="default"
          leftSection={<IconEye size={16} aria-hidden />}
          disabled={state === 'running'}
          aria-label={t('mirrors.lookNamed', { name })}
          onClick={() => setOpened('preview')}
        >
          {t('mirrors.look')}
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
              {t('mirrors.edit')}
            </Menu.Item>
            <Menu.Item
              component="a"
              href={addressOf('sync', `mirrors/${id}`)}
              leftSection={<IconHistory size={16} aria-hidden />}
            >
              {t('syncPage.openFiles')}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item
              leftSection={<IconPlugConnectedX size={16} aria-hidden />}
              onClick={() => setOpened('remove')}
            >
              {t('mirrors.stop')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <MirrorDialog mirror={mirror} opened={opened === 'edit'} onClose={close} />
      <PreviewDialog mirror={mirror} opened={opened === 'preview'} onClose={close} />
      <ConfirmDialog
        opened={opened === 'remove'}
        onClose={close}
        title={t('mirrors.stopTitle', { name })}
        body={t(`mirrors.stopBody.${direction}`, { folder, place: placeName, prefix })}
        confirm={t('mirrors.stopConfirm')}
        busy={remove.busy}
        error={remove.error}
        onConfirm={() => void leave()}
      />
    </>
  )
}
