import { Modal, type ModalProps } from '@mantine/core'
import type { ReactNode } from 'react'
import { useWords } from '../words/use-words.ts'

/** A dialog whose content begins anew each time it is opened: what was typed into it does not outlive it. */
export function TitledDialog({
  opened,
  onClose,
  title,
  size,
  children,
}: {
  opened: boolean
  onClose: () => void
  title: string
  size?: ModalProps['size']
  children: ReactNode
}) {
  const { t } = useWords()
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      {...(size !== undefined && { size })}
    >
      {opened && children}
    </Modal>
  )
}
