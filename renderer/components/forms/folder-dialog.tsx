import { ActionIcon, Button, Checkbox, Group, Loader, Stack, Text, TextInput } from '@mantine/core'
import { IconArrowUp, IconChevronRight, IconFolder } from '@tabler/icons-react'
import { type FormEvent, useEffect, useState } from 'react'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { ErrorNote } from '../error-note.tsx'
import { VirtualRows } from '../lists/virtual-rows.tsx'
import { TitledDialog } from '../titled-dialog.tsx'
import styles from './folder-dialog.module.css'

const ROW_PX = 36
const MOST_ROWS_PX = 320

/** Chooses a folder of the computer that Everstow runs on, where the host has no dialog of its own. */
export function FolderDialog({
  opened,
  onClose,
  onChoose,
}: {
  opened: boolean
  onClose: () => void
  onChoose: (path: string) => void
}) {
  const { t } = useWords()
  return (
    <TitledDialog opened={opened} onClose={onClose} title={t('folders.choose')} size="lg">
      <FolderBrowser onChoose={onChoose} />
    </TitledDialog>
  )
}

function FolderBrowser({ onChoose }: { onChoose: (path: string) => void }) {
  const { t } = useWords()
  const [path, setPath] = useState<string>()
  const [typed, setTyped] = useState('')
  const [showHidden, setShowHidden] = useState(false)
  const answer = useAnswer('folder.browse', { ...(path ? { path } : {}), showHidden })
  const here = answer.data?.path
  const folders = answer.data?.entries.filter((entry) => entry.kind === 'directory') ?? []

  useEffect(() => {
    if (here) setTyped(here)
  }, [here])

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (typed.trim()) setPath(typed.trim())
  }

  return (
    <Stack gap="sm">
      <form onSubmit={submit}>
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <ActionIcon
            variant="default"
            size={36}
            aria-label={t('folders.up')}
            disabled={!answer.data?.parent}
            onClick={() => setPath(answer.data?.parent)}
          >
            <IconArrowUp size={18} />
          </ActionIcon>
          <TextInput
            flex={1}
            label={t('folders.path')}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            data-autofocus
          />
          <Button type="submit" variant="default">
            {t('folders.go')}
          </Button>
        </Group>
      </form>
      {answer.error && <ErrorNote error={answer.error} />}
      <div className={styles.list}>
        {answer.busy && !answer.data && <Loader size="sm" m="md" aria-label={t('common.loading')} />}
        {folders.length > 0 && (
          <VirtualRows
            key={here}
            rows={folders}
            rowHeight={ROW_PX}
            mostHeight={MOST_ROWS_PX}
            label={t('folders.browse')}
            keyOf={({ path }) => path}
          >
            {(folder) => (
              <button
                type="button"
                className={styles.row}
                title={folder.name}
                aria-label={t('folders.open', { name: folder.name })}
                onClick={() => setPath(folder.path)}
              >
                <IconFolder size={18} aria-hidden />
                <span>{folder.name}</span>
                <IconChevronRight size={16} aria-hidden />
              </button>
            )}
          </VirtualRows>
        )}
        {answer.data && folders.length === 0 && (
          <Text c="dimmed" p="md" size="sm">
            {t('folders.empty')}
          </Text>
        )}
        {answer.data?.truncated && (
          <Text c="dimmed" p="sm" size="sm">
            {t('folders.truncated')}
          </Text>
        )}
      </div>
      <Group justify="space-between">
        <Checkbox
          label={t('folders.hidden')}
          checked={showHidden}
          onChange={(event) => setShowHidden(event.currentTarget.checked)}
        />
        <Button disabled={!here} onClick={() => here && onChoose(here)}>
          {t('folders.use')}
        </Button>
      </Group>
    </Stack>
  )
}
