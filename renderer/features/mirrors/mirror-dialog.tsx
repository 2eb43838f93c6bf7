import type { Mirror } from '../../../main/contract/index.ts'
import { TitledDialog } from '../../components/titled-dialog.tsx'
import { useWords } from '../../words/use-words.ts'
import { AddForm } from './add-form.tsx'
import { EditForm } from './edit-form.tsx'

/** Begins to mirror a folder, or changes how one is mirrored. */
export function MirrorDialog({
  mirror,
  opened,
  onClose,
}: {
  /** Absent: a new one. */
  mirror?: Mirror
  opened: boolean
  onClose: () => void
}) {
  const { t } = useWords()
  return (
    <TitledDialog
      opened={opened}
      onClose={onClose}
      size="xl"
      title={mirror ? t('mirrors.editTitle', { name: mirror.name }) : t('mirrors.add')}
    >
      {mirror ? <EditForm mirror={mirror} onClose={onClose} /> : <AddForm onClose={onClose} />}
    </TitledDialog>
  )
}
