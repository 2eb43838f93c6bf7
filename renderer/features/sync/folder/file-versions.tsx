import { Button, Group, Loader, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { FileVersion, SyncedFolder } from '../../../../main/contract/index.ts'
import { ErrorNote } from '../../../components/error-note.tsx'
import shared from '../../../components/kept-folder/kept-folder.module.css'
import { RelativeTime } from '../../../components/times/relative-time.tsx'
import { TitledDialog } from '../../../components/titled-dialog.tsx'
import { useAction } from '../../../store/use-action.ts'
import { useAnswer } from '../../../store/use-answer.ts'
import { besideName, nameOf } from '../../../words/paths.ts'
import { useWords } from '../../../words/use-words.ts'
import { VersionPreviewBox } from './version-preview.tsx'

/** The versions of a file, newest first: to be looked at and brought back. `path` undefined: closed. */
export function FileVersions({
  folder,
  path,
  onClose,
  onRestored,
}: {
  folder: SyncedFolder
  path: string | undefined
  onClose: () => void
  onRestored: (sentence: string) => void
}) {
  const { t } = useWords()
  return (
    <TitledDialog
      opened={path !== undefined}
      onClose={onClose}
      size="xl"
      title={path === undefined ? '' : t('syncPage.files.versionsOf', { name: nameOf(path) })}
    >
      {path !== undefined && <VersionList folder={folder} path={path} onRestored={onRestored} />}
    </TitledDialog>
  )
}

function VersionList({
  folder,
  path,
  onRestored,
}: {
  folder: SyncedFolder
  path: string
  onRestored: (sentence: string) => void
}) {
  const { t } = useWords()
  const { data, error } = useAnswer('sync.versions', { id: folder.id, path })
  return (
    <Stack data-testid="versions">
      {error && <ErrorNote error={error} place={folder.placeName} />}
      {!data && !error && <Loader size="sm" aria-label={t('common.loading')} />}
      <ol className={shared.versions}>
        {data?.map((version) => (
          <VersionRow
            key={`${version.slot} ${version.change}`}
            folder={folder}
            version={version}
            onRestored={onRestored}
          />
        ))}
      </ol>
    </Stack>
  )
}

function VersionRow({
  folder,
  version,
  onRestored,
}: {
  folder: SyncedFolder
  version: FileVersion
  onRestored: (sentence: string) => void
}) {
  const { t, bytes, exact } = useWords()
  const [looking, setLooking] = useState(false)
  const [naming, setNaming] = useState(false)
  const restore = useAction('sync.restore')
  const { slot, at, device, path, change, sizeBytes, isCurrent } = version
  const named = { at: exact(at) }
  const hasContent = change !== 'deleted'

  const bringBack = async (as?: string): Promise<void> => {
    const back = await restore.act({ id: folder.id, path, slot, ...(as && { as }) })
    if (back) onRestored(t('syncPage.files.isBack', { path: back.path, count: back.files }))
  }

  return (
    <li data-testid="version">
      <Group justify="space-between" gap="sm">
        <Stack gap={0} miw={0} flex="1 1 220px">
          <Text fw={560}>
            <RelativeTime at={at} />
            {isCurrent && ` · ${t('syncPage.files.current')}`}
          </Text>
          <Text size="sm" c="dimmed" className={shared.anywhere}>
            {t(`sync.change.${change}`)} · {device}
            {sizeBytes !== undefined && ` · ${bytes(sizeBytes)}`}
          </Text>
        </Stack>
        {hasContent && (
          <Group gap="xs">
            <Button
              size="xs"
              variant="subtle"
              aria-expanded={looking}
              aria-label={t('syncPage.files.previewOf', named)}
              onClick={() => setLooking(!looking)}
            >
              {t('syncPage.files.preview')}
            </Button>
            <Button
              size="xs"
              variant="default"
              aria-expanded={naming}
              aria-label={t('syncPage.files.restoreAsOf', named)}
              onClick={() => setNaming(!naming)}
            >
              {t('syncPage.files.restoreAs')}
            </Button>
            {!isCurrent && (
              <Button
                size="xs"
                loading={restore.busy}
                aria-label={t('syncPage.files.restoreOf', named)}
                onClick={() => bringBack()}
              >
                {t('syncPage.files.restore')}
              </Button>
            )}
          </Group>
        )}
      </Group>
      {naming && (
        <OtherName start={besideName(path, at)} busy={restore.busy} onRestore={(as) => bringBack(as)} />
      )}
      {looking && <VersionPreviewBox folderId={folder.id} path={path} slot={slot} />}
      {restore.error && <ErrorNote error={restore.error} place={folder.placeName} />}
    </li>
  )
}

function OtherName({
  start,
  busy,
  onRestore,
}: {
  start: string
  busy: boolean
  onRestore: (as: string) => void
}) {
  const { t } = useWords()
  const [as, setAs] = useState(start)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (as.trim() !== '') onRestore(as.trim())
  }
  return (
    <form onSubmit={submit} noValidate>
      <Group gap="xs" align="flex-end" mt="xs">
        <TextInput
          flex="1 1 260px"
          label={t('syncPage.files.otherName')}
          value={as}
          onChange={(event) => setAs(event.currentTarget.value)}
        />
        <Button type="submit" loading={busy} disabled={as.trim() === ''}>
          {t('syncPage.files.restoreHere')}
        </Button>
      </Group>
    </form>
  )
}
