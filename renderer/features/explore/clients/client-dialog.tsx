import { useState } from 'react'
import type { ApiKey } from '../../../../main/contract/index.ts'
import { TitledDialog } from '../../../components/titled-dialog.tsx'
import { useWords } from '../../../words/use-words.ts'
import { AddClient, LimitClient } from './client-form.tsx'
import { ClientLines } from './client-lines.tsx'

/** Makes a key for a program, or changes how far one sees. The new key lives in this dialog only and is gone when it closes. */
export function ClientDialog({
  editing,
  onClose,
  onDone,
}: {
  editing: ApiKey | 'new' | undefined
  onClose: () => void
  onDone: () => void
}) {
  const { t } = useWords()
  const [token, setToken] = useState<string>()
  const close = (): void => {
    setToken(undefined)
    onClose()
  }
  const isNew = editing === 'new'
  return (
    <TitledDialog
      opened={editing !== undefined}
      onClose={close}
      size="lg"
      title={
        isNew || editing === undefined
          ? t('explorePage.access.addTitle')
          : t('explorePage.access.limitTitle', { name: editing.name })
      }
    >
      {isNew && token === undefined && (
        <AddClient
          onCancel={close}
          onMade={(made) => {
            setToken(made)
            onDone()
          }}
        />
      )}
      {token !== undefined && <ClientLines token={token} onClose={close} />}
      {editing !== undefined && !isNew && (
        <LimitClient
          client={editing}
          onCancel={close}
          onDone={() => {
            onDone()
            close()
          }}
        />
      )}
    </TitledDialog>
  )
}
