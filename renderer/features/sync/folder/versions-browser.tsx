import { Button, Group, Table } from '@mantine/core'
import { IconArrowBackUp } from '@tabler/icons-react'
import { useState } from 'react'
import type { SpaceEntry, SyncedFolder } from '../../../../main/contract/index.ts'
import { EntryName, FolderContents } from '../../../components/kept-folder/folder-contents.tsx'
import shared from '../../../components/kept-folder/kept-folder.module.css'
import { RelativeTime } from '../../../components/times/relative-time.tsx'
import { useAction } from '../../../store/use-action.ts'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'
import { FileVersions } from './file-versions.tsx'

/** What the shared folder holds, with what was deleted where that is asked for; a file opens its versions. */
export function VersionsBrowser({ folder }: { folder: SyncedFolder }) {
  const { t } = useWords()
  const [path, setPath] = useState('')
  const [withDeleted, setWithDeleted] = useState(false)
  const [file, setFile] = useState<SpaceEntry>()
  const [said, setSaid] = useState('')
  const answer = useAnswer('sync.browse', { id: folder.id, path, withDeleted }, folder)
  const restore = useAction('sync.restore')
  const bringBack = async (entry: SpaceEntry): Promise<void> => {
    const back = await restore.act({ id: folder.id, path: entry.path })
    if (!back) return
    setSaid(t('syncPage.files.isBack', { path: back.path, count: back.files }))
    answer.again()
  }

  return (
    <div data-testid="versions-browser">
      <FolderContents
        path={path}
        onOpen={setPath}
        withDeleted={withDeleted}
        onWithDeleted={setWithDeleted}
        said={said}
        errors={[answer.error, restore.error]}
        placeName={folder.placeName}
        entries={answer.data}
        busy={answer.busy}
        at={t('files.modified')}
        row={(entry, open) => (
          <EntryRow
            key={`${entry.nodeId} ${entry.path}`}
            entry={entry}
            busy={restore.busy}
            onOpen={() => open(entry.path)}
            onVersions={() => setFile(entry)}
            onBringBack={() => bringBack(entry)}
          />
        )}
      />
      <FileVersions
        folder={folder}
        path={file?.path}
        onClose={() => setFile(undefined)}
        onRestored={(sentence) => {
          setFile(undefined)
          setSaid(sentence)
          answer.again()
        }}
      />
    </div>
  )
}

function EntryRow({
  entry,
  busy,
  onOpen,
  onVersions,
  onBringBack,
}: {
  entry: SpaceEntry
  busy: boolean
  onOpen: () => void
  onVersions: () => void
  onBringBack: () => void
}) {
  const { t, bytes } = useWords()
  const { name, kind, isDeleted, deletedAt, modifiedAt, sizeBytes } = entry
  return (
    <Table.Tr data-deleted={isDeleted} data-testid="space-entry">
      <Table.Td>
        <EntryName
          name={name}
          kind={kind}
          deleted={isDeleted && <DeletedAt at={deletedAt} />}
          onOpen={onOpen}
        />
      </Table.Td>
      <Table.Td className={`${shared.end} tabular`}>{kind === 'file' ? bytes(sizeBytes) : ''}</Table.Td>
      <Table.Td className={shared.wide}>{modifiedAt && <RelativeTime at={modifiedAt} />}</Table.Td>
      <Table.Td className={shared.end}>
        <Group gap={4} justify="flex-end" wrap="nowrap">
          {isDeleted && (
            <Button
              size="compact-sm"
              variant="light"
              disabled={busy}
              leftSection={<IconArrowBackUp size={15} aria-hidden />}
              aria-label={t('syncPage.files.bringBackNamed', { name })}
              onClick={onBringBack}
            >
              {t('syncPage.files.bringBack')}
            </Button>
          )}
          {kind !== 'directory' && (
            <Button
              size="compact-sm"
              variant="subtle"
              aria-label={t('syncPage.files.versionsOf', { name })}
              onClick={onVersions}
            >
              {t('syncPage.files.versions')}
            </Button>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}

function DeletedAt({ at }: { at: string | undefined }) {
  const { t } = useWords()
  return (
    <>
      {t('syncPage.files.deleted')}
      {at && (
        <>
          {' '}
          <RelativeTime at={at} />
        </>
      )}
    </>
  )
}
