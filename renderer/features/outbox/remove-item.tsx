import type { OutboxItem } from '../../../main/contract/index.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'

/** Takes one copy out of the queue, and says plainly when that gives a backup up. */
export function RemoveItem({ item, onClose }: { item: OutboxItem | undefined; onClose: () => void }) {
  const { t } = useWords()
  const remove = useAction('outbox.remove')
  const place = item?.placeName
  const safe = item?.isSavedElsewhere ?? true
  return (
    <ConfirmDialog
      opened={item !== undefined}
      onClose={onClose}
      title={t('outbox.removeTitle', { place })}
      body={t(safe ? 'outbox.removeSafe' : 'outbox.removeUnsaved', { place })}
      confirm={safe ? t('outbox.removeConfirm', { place }) : t('outbox.giveUpConfirm')}
      busy={remove.busy}
      error={remove.error}
      onConfirm={async () => {
        if (!item) return
        const { backupId, placeId } = item
        if (await remove.act({ backupId, placeId, evenUnsaved: !safe })) onClose()
      }}
    />
  )
}
