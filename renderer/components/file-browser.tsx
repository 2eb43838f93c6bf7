import { Anchor, Button, Checkbox, Group, Loader, Table, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconFile, IconFolder, IconLink, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import type { FileEntry } from '../../main/contract/index.ts'
import { useAnswer } from '../store/use-answer.ts'
import { useWords } from '../words/use-words.ts'
import { ErrorNote } from './error-note.tsx'
import styles from './file-browser.module.css'
import { PathTrail } from './path-trail.tsx'

const PAGE_SIZE = 100

export interface FileChoice {
  /** Paths inside the backup; a folder stands for all below it. */
  readonly paths: readonly string[]
  readonly onChange: (paths: string[]) => void
}

/** Looks inside a backup, by folder or by search; with `choice`, files and folders can be ticked. */
export function FileBrowser({ backupId, choice }: { backupId: string; choice?: FileChoice }) {
  const { t, bytes, exact, number } = useWords()
  const [folder, setFolder] = useState('')
  const [typed, setTyped] = useState('')
  const [limit, setLimit] = useState(PAGE_SIZE)
  const [search] = useDebouncedValue(typed.trim(), 250)
  const answer = useAnswer('backup.files', {
    id: backupId,
    limit,
    ...(search ? { search, recursive: true } : { folder }),
  })
  const entries = answer.data?.entries ?? []
  const total = answer.data?.total ?? 0

  const open = (path: string): void => {
    setTyped('')
    setLimit(PAGE_SIZE)
    setFolder(path)
  }

  return (
    <div data-testid="file-browser">
      <TextInput
        aria-label={t('files.search')}
        placeholder={t('files.searchPlaceholder')}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        mb="xs"
      />
      {!search && (
        <div className={styles.trail}>
          <PathTrail path={folder} label={t('files.path')} onOpen={open} />
        </div>
      )}
      {answer.error && <ErrorNote error={answer.error} />}
      <div className={styles.frame}>
        <Table verticalSpacing={6} horizontalSpacing="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              {choice && <Table.Td w={36} />}
              <Table.Th>{t('files.name')}</Table.Th>
              <Table.Th className={styles.end}>{t('files.size')}</Table.Th>
              <Table.Th className={styles.wide}>{t('files.modified')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {entries.map((entry) => (
              <Table.Tr key={entry.path}>
                {choice && (
                  <Table.Td>
                    <EntryTick entry={entry} choice={choice} />
                  </Table.Td>
                )}
                <Table.Td>
                  <EntryName entry={entry} whole={search !== ''} onOpen={open} />
                </Table.Td>
                <Table.Td className={`${styles.end} tabular`}>
                  {entry.kind === 'file' ? bytes(entry.sizeBytes) : ''}
                </Table.Td>
                <Table.Td className={styles.wide}>{exact(entry.modifiedAt)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {answer.busy && !answer.data && <Loader size="sm" m="md" aria-label={t('common.loading')} />}
        {answer.data && entries.length === 0 && (
          <Text c="dimmed" size="sm" p="md">
            {search ? t('files.noMatch') : t('files.empty')}
          </Text>
        )}
      </div>
      {total > entries.length && (
        <Group justify="space-between" mt="xs">
          <Text size="sm" c="dimmed">
            {t('files.shown', { shown: number(entries.length), total: number(total) })}
          </Text>
          <Button variant="default" size="xs" onClick={() => setLimit(Math.min(limit + PAGE_SIZE, 10_000))}>
            {t('common.showMore')}
          </Button>
        </Group>
      )}
    </div>
  )
}

function EntryName({
  entry,
  whole,
  onOpen,
}: {
  entry: FileEntry
  whole: boolean
  onOpen: (path: string) => void
}) {
  const { t } = useWords()
  const KindIcon = entry.kind === 'directory' ? IconFolder : entry.kind === 'file' ? IconFile : IconLink
  const name = whole ? entry.path : entry.name
  return (
    <span className={styles.name}>
      <KindIcon size={17} aria-label={t(`files.${entry.kind}`)} role="img" />
      {entry.kind === 'directory' ? (
        <Anchor
          component="button"
          type="button"
          size="sm"
          aria-label={t('files.open', { name: entry.name })}
          onClick={() => onOpen(entry.path)}
        >
          {name}
        </Anchor>
      ) : (
        <span>{name}</span>
      )}
    </span>
  )
}

function EntryTick({ entry, choice }: { entry: FileEntry; choice: FileChoice }) {
  const { t } = useWords()
  const ticked = choice.paths.includes(entry.path)
  const covered = choice.paths.some((path) => entry.path.startsWith(`${path}/`))
  return (
    <Checkbox
      size="xs"
      aria-label={t('files.choose', { name: entry.name })}
      checked={ticked || covered}
      disabled={covered}
      onChange={() =>
        choice.onChange(
          ticked
            ? choice.paths.filter((path) => path !== entry.path)
            : [...choice.paths.filter((path) => !path.startsWith(`${entry.path}/`)), entry.path],
        )
      }
    />
  )
}
