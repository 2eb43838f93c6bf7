import { Button, Table, Text } from '@mantine/core'
import { useState } from 'react'
import type { Mirror } from '../../../main/contract/index.ts'
import { EntryName, FolderContents } from '../../components/kept-folder/folder-contents.tsx'
import shared from '../../components/kept-folder/kept-folder.module.css'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { entriesIn, type MirrorEntry } from './entries.ts'
import { FileVersions } from './file-versions.tsx'

/** What lies in the place, folder by folder, with what was deleted where that is asked for; a file opens its versions. */
export function FilesBrowser({ mirror }: { mirror: Mirror }) {
  const { t } = useWords()
  const [path, setPath] = useState('')
  const [withDeleted, setWithDeleted] = useState(false)
  const [file, setFile] = useState<string>()
  const [said, setSaid] = useState('')
  const answer = useAnswer('mirror.files', { id: mirror.id, path }, mirror.last?.at)
  const all = answer.data && entriesIn(path, answer.data.files)
  const entries = withDeleted ? all : all?.filter((entry) => entry.kind === 'directory' || entry.current)
  const isCut = answer.data !== undefined && answer.data.total > answer.data.files.length
  const chosen = all?.find((entry) => entry.kind === 'file' && entry.path === file)

  return (
    <div data-testid="mirror-files">
      <FolderContents
        path={path}
        onOpen={setPath}
        withDeleted={withDeleted}
        onWithDeleted={setWithDeleted}
        said={said}
        errors={[answer.error]}
        placeName={mirror.placeName}
        note={
          isCut && <Text size="sm">{t('mirrors.files.cut', { count: answer.data?.files.length ?? 0 })}</Text>
        }
        entries={entries}
        busy={answer.busy}
        at={t('mirrors.files.at')}
        row={(entry, open) => (
          <EntryRow
            key={`${entry.kind} ${entry.path}`}
            entry={entry}
            onOpen={() => open(entry.path)}
            onVersions={() => setFile(entry.path)}
          />
        )}
      />
      <FileVersions
        mirror={mirror}
        entry={chosen?.kind === 'file' ? chosen : undefined}
        onClose={() => setFile(undefined)}
        onRestored={(where) => {
          setFile(undefined)
          setSaid(t('mirrors.files.isBack', { path: where }))
          answer.again()
        }}
      />
    </div>
  )
}

function EntryRow({
  entry,
  onOpen,
  onVersions,
}: {
  entry: MirrorEntry
  onOpen: () => void
  onVersions: () => void
}) {
  const { t, bytes } = useWords()
  const { kind, name } = entry
  const shown = kind === 'file' ? (entry.current ?? entry.versions[0]) : undefined
  return (
    <Table.Tr data-testid="mirror-entry">
      <Table.Td>
        <EntryName
          name={name}
          kind={kind}
          deleted={kind === 'file' && !entry.current && t('syncPage.files.deleted')}
          onOpen={onOpen}
        />
      </Table.Td>
      <Table.Td className={`${shared.end} tabular`}>
        {kind === 'directory' ? t('count.files', { count: entry.files }) : shown && bytes(shown.bytes)}
      </Table.Td>
      <Table.Td className={shared.wide}>{shown && <RelativeTime at={shown.at} />}</Table.Td>
      <Table.Td className={shared.end}>
        {kind === 'file' && (
          <Button
            size="compact-sm"
            variant="subtle"
            aria-label={t('syncPage.files.versionsOf', { name })}
            onClick={onVersions}
          >
            {entry.versions.length > 0
              ? t('mirrors.files.versions', { count: entry.versions.length })
              : t('mirrors.files.restore')}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  )
}
