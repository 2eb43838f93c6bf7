import { Anchor, Button, Group, Loader, Stack, Switch, Table, Text } from '@mantine/core'
import { IconFile, IconFolder, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { Mirror } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { PathTrail } from '../sync/path-trail.tsx'
import { entriesIn, type MirrorEntry } from './entries.ts'
import { FileVersions } from './file-versions.tsx'
import styles from './mirrors.module.css'

const PAGE_SIZE = 200

/** What lies in the place, folder by folder, with what was deleted where that is asked for; a file opens its versions. */
export function FilesBrowser({ mirror }: { mirror: Mirror }) {
  const { t, number } = useWords()
  const [path, setPath] = useState('')
  const [withDeleted, setWithDeleted] = useState(false)
  const [most, setMost] = useState(PAGE_SIZE)
  const [file, setFile] = useState<string>()
  const [said, setSaid] = useState('')
  const answer = useAnswer('mirror.files', { id: mirror.id, path }, mirror.last?.at)
  const all = entriesIn(path, answer.data?.files ?? [])
  const entries = withDeleted ? all : all.filter((entry) => entry.kind === 'directory' || entry.current)
  const isCut = answer.data !== undefined && answer.data.total > answer.data.files.length
  const chosen = all.find((entry) => entry.kind === 'file' && entry.path === file)
  const open = (next: string): void => {
    setMost(PAGE_SIZE)
    setPath(next)
  }

  return (
    <div data-testid="mirror-files">
      <Group justify="space-between" mb="xs">
        <PathTrail path={path} onOpen={open} />
        <Switch
          label={t('syncPage.files.showDeleted')}
          checked={withDeleted}
          onChange={(event) => setWithDeleted(event.currentTarget.checked)}
        />
      </Group>
      <Stack gap="sm">
        <Text size="sm" role="status" className={styles.anywhere}>
          {said}
        </Text>
        {answer.error && <ErrorNote error={answer.error} place={mirror.placeName} />}
        {isCut && <Text size="sm">{t('mirrors.files.cut', { count: answer.data?.files.length ?? 0 })}</Text>}
        <Card p={0} className={styles.scroll}>
          {!answer.data && answer.busy && <Loader size="sm" m="md" aria-label={t('common.loading')} />}
          {entries.length > 0 && (
            <EntryTable entries={entries.slice(0, most)} onOpen={open} onVersions={setFile} />
          )}
          {answer.data && entries.length === 0 && (
            <Text size="sm" c="dimmed" p="md">
              {t('files.empty')}
            </Text>
          )}
        </Card>
        {entries.length > most && (
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              {t('files.shown', { shown: number(most), total: number(entries.length) })}
            </Text>
            <Button variant="default" size="xs" onClick={() => setMost(most + PAGE_SIZE)}>
              {t('common.showMore')}
            </Button>
          </Group>
        )}
      </Stack>
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

function EntryTable({
  entries,
  onOpen,
  onVersions,
}: {
  entries: readonly MirrorEntry[]
  onOpen: (path: string) => void
  onVersions: (path: string) => void
}) {
  const { t } = useWords()
  return (
    <Table verticalSpacing={7} horizontalSpacing="md" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('files.name')}</Table.Th>
          <Table.Th className={styles.end}>{t('files.size')}</Table.Th>
          <Table.Th className={styles.wide}>{t('mirrors.files.at')}</Table.Th>
          <Table.Th className={styles.end}>{t('syncPage.files.do')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {entries.map((entry) => (
          <EntryRow
            key={`${entry.kind} ${entry.path}`}
            entry={entry}
            onOpen={() => onOpen(entry.path)}
            onVersions={() => onVersions(entry.path)}
          />
        ))}
      </Table.Tbody>
    </Table>
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
  const KindIcon = kind === 'directory' ? IconFolder : IconFile
  return (
    <Table.Tr data-testid="mirror-entry">
      <Table.Td>
        <span className={styles.entryName}>
          <KindIcon size={17} aria-label={t(`files.${kind}`)} role="img" />
          {kind === 'directory' ? (
            <Anchor
              component="button"
              type="button"
              size="sm"
              className={styles.anywhere}
              aria-label={t('files.open', { name })}
              onClick={onOpen}
            >
              {name}
            </Anchor>
          ) : (
            <span className={styles.anywhere}>{name}</span>
          )}
          {kind === 'file' && !entry.current && (
            <ToneBadge tone="calm" icon={IconTrash}>
              {t('syncPage.files.deleted')}
            </ToneBadge>
          )}
        </span>
      </Table.Td>
      <Table.Td className={`${styles.end} tabular`}>
        {kind === 'directory' ? t('count.files', { count: entry.files }) : shown && bytes(shown.bytes)}
      </Table.Td>
      <Table.Td className={styles.wide}>{shown && <RelativeTime at={shown.at} />}</Table.Td>
      <Table.Td className={styles.end}>
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
