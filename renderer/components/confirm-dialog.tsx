import { Button, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { WireError } from '../../main/contract/index.ts'
import { useWords } from '../words/use-words.ts'
import { ErrorNote } from './error-note.tsx'
import { TitledDialog } from './titled-dialog.tsx'

/** Asks before something that is hard to take back. `confirm` says exactly what it does, never "Yes". */
export function ConfirmDialog({
  opened,
  onClose,
  title,
  body,
  confirm,
  busy,
  error,
  onConfirm,
  children,
}: {
  opened: boolean
  onClose: () => void
  title: string
  body: string
  confirm: string
  busy: boolean
  error: WireError | undefined
  onConfirm: () => void
  children?: ReactNode
}) {
  const { t } = useWords()
  return (
    <TitledDialog opened={opened} onClose={onClose} title={title}>
      <Stack>
        <Text>{body}</Text>
        {children}
        {error && <ErrorNote error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('common.cancel')}
          </Button>
          <Button color="red.8" loading={busy} onClick={onConfirm}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </TitledDialog>
  )
}
