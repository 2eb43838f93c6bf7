import type { OutboxItem } from '../../../main/contract/index.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'

/** Takes one copy out of the queue, and says plainly when that gives a backup up. `isOnly`: no other copy of that backup is on its way. */
export function RemoveItem({
  item,
  isOnly,
  onClose,
}: {
  item: OutboxItem | undefined
  isOnly: boolean
  onClose: () => void
}) {
  const { t } = useWords()
  const remove = useAction('outbox.remove')
  const place = item?.placeName
  const saved = item?.isSavedElsewhere ?? true
  const givesUp = !saved && isOnly
  return (
    <ConfirmDialog
      opened={item !== undefined}
      onClose={onClose}
      title={t('outbox.removeTitle', { place })}
      body={t(givesUp ? 'outbox.removeUnsaved' : saved ? 'outbox.removeSafe' : 'outbox.removeOthers', {
        place,
      })}
      confirm={givesUp ? t('outbox.giveUpConfirm') : t('outbox.removeConfirm', { place })}
      busy={remove.busy}
      error={remove.error}
      onConfirm={async () => {
        if (!item) return
        const { backupId, placeId } = item
        if (await remove.act({ backupId, placeId, evenUnsaved: givesUp })) onClose()
      }}
    />
  )
}
