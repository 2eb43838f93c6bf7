import { Button } from '@mantine/core'
import { IconEye } from '@tabler/icons-react'
import { useState } from 'react'
import type { Mirror } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { KeptFolderActions } from '../../components/kept-folder/kept-folder-actions.tsx'
import { goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { MirrorDialog } from './mirror-dialog.tsx'
import { PreviewDialog } from './preview-dialog.tsx'

/** What can be done with a mirror: run it, look before, change it, look at its files, leave it. */
export function MirrorActions({ mirror }: { mirror: Mirror }) {
  const { t } = useWords()
  const run = useAction('mirror.run')
  const remove = useAction('mirror.remove')
  const [opened, setOpened] = useState<'edit' | 'preview' | 'remove'>()
  const { id, name, direction, state, placeName, prefix, folder } = mirror
  const close = (): void => {
    setOpened(undefined)
    remove.forget()
  }
  const leave = async (): Promise<void> => {
    if (!(await remove.act({ id }))) return
    close()
    goTo('sync', 'mirrors')
  }

  return (
    <>
      {run.error && <ErrorNote error={run.error} place={placeName} />}
      <KeptFolderActions
        words="mirrors"
        name={name}
        filesAt={`mirrors/${id}`}
        run={{ busy: run.busy, isRunning: state === 'running', begin: () => void run.act({ id }) }}
        buttons={
          <Button
            variant="default"
            leftSection={<IconEye size={16} aria-hidden />}
            disabled={state === 'running'}
            aria-label={t('mirrors.lookNamed', { name })}
            onClick={() => setOpened('preview')}
          >
            {t('mirrors.look')}
          </Button>
        }
        leaving={{
          opened: opened === 'remove',
          body: t(`mirrors.stopBody.${direction}`, { folder, place: placeName, prefix }),
          busy: remove.busy,
          error: remove.error,
          onClose: close,
          onConfirm: () => void leave(),
        }}
        onEdit={() => setOpened('edit')}
        onLeave={() => setOpened('remove')}
      />
      <MirrorDialog mirror={mirror} opened={opened === 'edit'} onClose={close} />
      <PreviewDialog mirror={mirror} opened={opened === 'preview'} onClose={close} />
    </>
  )
}
