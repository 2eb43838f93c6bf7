import { type ReactNode, useCallback, useState } from 'react'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { FolderDialog } from './folder-dialog.tsx'

/**
 * Lets a person choose a folder: with the system's own dialog where the host has one, else with ours.
 * Render `dialog` somewhere; `choose` opens.
 */
export function useFolderChoice(onChosen: (path: string) => void): {
  readonly choose: () => void
  readonly dialog: ReactNode
} {
  const { t } = useWords()
  const [opened, setOpened] = useState(false)
  const info = useAnswer('app.info', {})
  const pick = useAction('host.pickFolder')
  const native = info.data?.can.pickFolder ?? false

  const choose = useCallback(async () => {
    if (!native) return setOpened(true)
    const answer = await pick.act({ title: t('folders.choose') })
    if (answer?.path) onChosen(answer.path)
  }, [native, pick.act, t, onChosen])

  const dialog = (
    <FolderDialog
      opened={opened}
      onClose={() => setOpened(false)}
      onChoose={(path) => {
        setOpened(false)
        onChosen(path)
      }}
    />
  )
  return { choose, dialog }
}
