import { Button, Group, Stack, Text } from '@mantine/core'
import { useCallback, useState } from 'react'
import type { Mirror, MirroredFile } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useFolderChoice } from '../../components/forms/use-folder-choice.tsx'
import shared from '../../components/kept-folder/kept-folder.module.css'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { TitledDialog } from '../../components/titled-dialog.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import type { MirrorEntry } from './entries.ts'

type FileEntry = Extract<MirrorEntry, { readonly kind: 'file' }>

/** A file as it lies there and the versions that are kept, newest first, each to be brought back. `entry` undefined: closed. */
export function FileVersions({
  mirror,
  entry,
  onClose,
  onRestored,
}: {
  mirror: Mirror
  entry: FileEntry | undefined
  onClose: () => void
  onRestored: (path: string) => void
}) {
  const { t } = useWords()
  return (
    <TitledDialog
      opened={entry !== undefined}
      onClose={onClose}
      size="lg"
      title={entry ? t('syncPage.files.versionsOf', { name: entry.name }) : ''}
    >
      {entry && <VersionList mirror={mirror} entry={entry} onRestored={onRestored} />}
    </TitledDialog>
  )
}

function VersionList({
  mirror,
  entry,
  onRestored,
}: {
  mirror: Mirror
  entry: FileEntry
  onRestored: (path: string) => void
}) {
  const { t } = useWords()
  const restore = useAction('mirror.restore')
  const [elsewhere, setElsewhere] = useState<MirroredFile>()
  const bringBack = useCallback(
    async ({ path, version }: MirroredFile, into?: string): Promise<void> => {
      const order = { ...(version !== undefined && { version }), ...(into !== undefined && { into }) }
      const back = await restore.act({ id: mirror.id, path, ...order })
      if (back) onRestored(back.path)
    },
    [restore.act, mirror.id, onRestored],
  )
  const picker = useFolderChoice(
    useCallback((into: string) => void (elsewhere && bringBack(elsewhere, into)), [elsewhere, bringBack]),
  )
  const files = [...(entry.current ? [entry.current] : []), ...entry.versions]
  return (
    <Stack data-testid="mirror-versions">
      <Text size="sm">{t('mirrors.files.whatStays')}</Text>
      <ol className={shared.versions}>
        {files.map((file) => (
          <VersionRow
            key={file.version ?? 'current'}
            file={file}
            busy={restore.busy}
            onRestore={() => void bringBack(file)}
            onElsewhere={() => {
              setElsewhere(file)
              picker.choose()
            }}
          />
        ))}
      </ol>
      {restore.error && <ErrorNote error={restore.error} place={mirror.placeName} />}
      {picker.dialog}
    </Stack>
  )
}

function VersionRow({
  file: { at, bytes: size, version },
  busy,
  onRestore,
  onElsewhere,
}: {
  file: MirroredFile
  busy: boolean
  onRestore: () => void
  onElsewhere: () => void
}) {
  const { t, bytes, exact } = useWords()
  const named = { at: exact(at) }
  const isCurrent = version === undefined
  return (
    <li data-testid="mirror-version">
      <Group justify="space-between" gap="sm">
        <Stack gap={0} miw={0} flex="1 1 200px">
          <Text fw={560}>
            {isCurrent ? t('mirrors.files.current') : t('mirrors.files.until')} <RelativeTime at={at} />
          </Text>
          <Text size="sm" c="dimmed">
            {bytes(size)}
          </Text>
        </Stack>
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            disabled={busy}
            aria-label={t('mirrors.files.elsewhereOf', named)}
            onClick={onElsewhere}
          >
            {t('mirrors.files.elsewhere')}
          </Button>
          <Button
            size="xs"
            disabled={busy}
            aria-label={t('syncPage.files.restoreOf', named)}
            onClick={onRestore}
          >
            {t('mirrors.files.restore')}
          </Button>
        </Group>
      </Group>
    </li>
  )
}
