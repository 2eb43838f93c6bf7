import { Checkbox, Text } from '@mantine/core'
import { useState } from 'react'
import type { OutboxItem } from '../../../main/contract/index.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'

/** Empties the queue; backups that no place has yet are spared unless that is ticked. */
export function ClearOutbox({
  opened,
  items,
  onClose,
}: {
  opened: boolean
  items: readonly OutboxItem[]
  onClose: () => void
}) {
  const { t } = useWords()
  const clear = useAction('outbox.clear')
  const [evenUnsaved, setEvenUnsaved] = useState(false)
  const unsaved = items.filter((item) => !item.isSavedElsewhere).length
  const count = evenUnsaved ? items.length : items.length - unsaved
  const close = (): void => {
    setEvenUnsaved(false)
    onClose()
  }
  return (
    <ConfirmDialog
      opened={opened}
      onClose={close}
      title={t('outbox.clearTitle')}
      body={t('outbox.clearSafe', { count: items.length - unsaved })}
      confirm={t(evenUnsaved ? 'outbox.clearAllConfirm' : 'outbox.clearConfirm', { count })}
      busy={clear.busy}
      error={clear.error}
      onConfirm={async () => {
        if (await clear.act({ evenUnsaved })) close()
      }}
    >
      {unsaved > 0 && (
        <>
          <Text>{t('outbox.clearUnsaved', { count: unsaved })}</Text>
          <Checkbox
            label={t('outbox.alsoUnsaved')}
            description={evenUnsaved ? t('outbox.removeUnsaved') : undefined}
            checked={evenUnsaved}
            onChange={(event) => setEvenUnsaved(event.currentTarget.checked)}
          />
        </>
      )}
    </ConfirmDialog>
  )
}
