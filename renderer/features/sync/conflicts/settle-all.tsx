import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import type { CallOutput, SyncConflict } from '../../../../main/contract/index.ts'
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx'
import { ErrorNote } from '../../../components/error-note.tsx'
import { useAction } from '../../../store/use-action.ts'
import { useWords } from '../../../words/use-words.ts'

const choices = ['local', 'remote', 'both'] as const
type Choice = (typeof choices)[number]

/** Decides all that are shown in one go, after saying what becomes of the others. */
export function SettleAll({
  conflicts,
  onSettled,
}: {
  conflicts: readonly SyncConflict[]
  onSettled: () => void
}) {
  const { t } = useWords()
  const resolve = useAction('sync.resolve')
  const [choice, setChoice] = useState<Choice>()
  const [failed, setFailed] = useState<CallOutput<'sync.resolve'>['failed']>([])
  const count = conflicts.length

  const confirm = async (): Promise<void> => {
    if (!choice) return
    const answer = await resolve.act({ conflictIds: conflicts.map(({ id }) => id), keep: choice })
    if (!answer) return
    setFailed(answer.failed)
    setChoice(undefined)
    onSettled()
  }

  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
            {t('syncPage.conflicts.settleAll', { count })}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {choices.map((each) => (
            <Menu.Item key={each} onClick={() => setChoice(each)}>
              {t(`syncPage.conflicts.allChoice.${each}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {failed[0] && (
        <ErrorNote
          error={failed[0].error}
          title={t('syncPage.conflicts.someFailed', { count: failed.length })}
        />
      )}
      <ConfirmDialog
        opened={choice !== undefined}
        onClose={() => setChoice(undefined)}
        title={choice ? t(`syncPage.conflicts.allChoice.${choice}`) : ''}
        body={choice ? t(`syncPage.conflicts.allBody.${choice}`) : ''}
        confirm={t('syncPage.conflicts.allConfirm', { count })}
        busy={resolve.busy}
        error={resolve.error}
        onConfirm={() => void confirm()}
      />
    </>
  )
}
