import { ActionIcon, Button, Group, Menu } from '@mantine/core'
import { IconAdjustments, IconDots, IconHistory, IconPlugConnectedX, IconRefresh } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { WireError } from '../../../main/contract/index.ts'
import { addressOf } from '../../store/route.ts'
import { useWords } from '../../words/use-words.ts'
import { ConfirmDialog } from '../confirm-dialog.tsx'

/** What can be done with a folder that is synced or mirrored: run it first of all, then change, look, leave. */
export function KeptFolderActions({
  words,
  name,
  filesAt,
  run,
  buttons,
  items,
  leaving,
  onEdit,
  onLeave,
}: {
  words: 'syncPage' | 'mirrors'
  name: string
  /** Where its files are shown, below the page of sync. */
  filesAt: string
  run: { readonly busy: boolean; readonly isRunning: boolean; readonly begin: () => void }
  /** Beside the first button. */
  buttons: ReactNode
  /** Further lines of the menu. */
  items?: ReactNode
  /** The question before it is left. */
  leaving: {
    readonly opened: boolean
    readonly body: string
    readonly busy: boolean
    readonly error: WireError | undefined
    readonly onClose: () => void
    readonly onConfirm: () => void
  }
  onEdit: () => void
  onLeave: () => void
}) {
  const { t } = useWords()
  return (
    <>
      <Group gap="md">
        <Button
          variant="light"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={run.busy}
          disabled={run.isRunning}
          aria-label={t(`${words}.runNamed`, { name })}
          onClick={run.begin}
        >
          {t(`${words}.run`)}
        </Button>
        {buttons}
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
            <Menu.Item leftSection={<IconAdjustments size={16} aria-hidden />} onClick={onEdit}>
              {t(`${words}.edit`)}
            </Menu.Item>
            <Menu.Item
              component="a"
              href={addressOf('sync', filesAt)}
              leftSection={<IconHistory size={16} aria-hidden />}
            >
              {t('syncPage.openFiles')}
            </Menu.Item>
            {items}
            <Menu.Divider />
            <Menu.Item leftSection={<IconPlugConnectedX size={16} aria-hidden />} onClick={onLeave}>
              {t(`${words}.stop`)}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <ConfirmDialog
        title={t(`${words}.stopTitle`, { name })}
        confirm={t(`${words}.stopConfirm`)}
        {...leaving}
      />
    </>
  )
}
