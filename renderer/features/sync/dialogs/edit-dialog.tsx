import { Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { SyncedFolder } from '../../../../main/contract/index.ts'
import { ErrorNote } from '../../../components/error-note.tsx'
import { FormButtons } from '../../../components/forms/form-buttons.tsx'
import { TitledDialog } from '../../../components/titled-dialog.tsx'
import { useAction } from '../../../store/use-action.ts'
import { linesOf } from '../../../words/paths.ts'
import { useWords } from '../../../words/use-words.ts'
import { ChoiceFields, type TypedChoice } from './choice-fields.tsx'
import { StrategyChoice } from './strategy-choice.tsx'

/** Changes how a folder is synced and what of it. */
export function EditDialog({
  folder,
  opened,
  onClose,
}: {
  folder: SyncedFolder
  opened: boolean
  onClose: () => void
}) {
  const { t } = useWords()
  return (
    <TitledDialog
      opened={opened}
      onClose={onClose}
      size="xl"
      title={t('syncPage.editTitle', { name: folder.name })}
    >
      <EditForm folder={folder} onClose={onClose} />
    </TitledDialog>
  )
}

function EditForm({ folder, onClose }: { folder: SyncedFolder; onClose: () => void }) {
  const { t } = useWords()
  const update = useAction('sync.update')
  const [strategy, setStrategy] = useState(folder.strategy)
  const [choice, setChoice] = useState<TypedChoice>({
    only: folder.only.join('\n'),
    ignore: folder.ignore.join('\n'),
  })
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const change = { strategy, only: linesOf(choice.only), ignore: linesOf(choice.ignore) }
    if (await update.act({ id: folder.id, change })) onClose()
  }
  return (
    <form onSubmit={submit} noValidate data-testid="edit-sync">
      <Stack>
        <StrategyChoice value={strategy} onChange={setStrategy} />
        <ChoiceFields folder={folder.folder} value={choice} onChange={setChoice} />
        {update.error && <ErrorNote error={update.error} />}
        <FormButtons onCancel={onClose} submit={t('common.save')} busy={update.busy} />
      </Stack>
    </form>
  )
}
