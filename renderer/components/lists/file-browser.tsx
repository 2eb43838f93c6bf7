import { Anchor, Checkbox, Loader, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconFile, IconFolder, IconLink, IconSearch } from '@tabler/icons-react'
import { memo, useState } from 'react'
import type { FileEntry } from '../../../main/contract/index.ts'
import { usePages } from '../../store/use-pages.ts'
import { useWords } from '../../words/use-words.ts'
import { ErrorNote } from '../error-note.tsx'
import { PathTrail } from '../kept-folder/path-trail.tsx'
import styles from './file-browser.module.css'
import { VirtualRows } from './virtual-rows.tsx'

export interface FileChoice {
  /** Paths inside the backup; a folder stands for all below it. */
  readonly paths: readonly string[]
  readonly onChange: (paths: string[]) => void
}

const ROW_PX = 38
const MOST_ROWS_PX = 420

/** Looks inside a backup, by folder or by search; with `choice`, files and folders can be ticked, with `onPick` a file can be taken. */
export function FileBrowser({
  backupId,
  choice,
  onPick,
}: {
  backupId: string
  choice?: FileChoice
  onPick?: (path: string) => void
}) {
  const { t, number } = useWords()
  const [folder, setFolder] = useState('')
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), 250)
  const asked = { id: backupId, ...(search ? { search, recursive: true } : { folder }) }
  const { rows, total, error, onRange } = usePages('backup.files', asked, ({ entries, total }) => ({
    rows: entries,
    total,
  }))

  const open = (path: string): void => {
    setTyped('')
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
      {error && <ErrorNote error={error} />}
      <div className={styles.frame}>
        <div className={`${styles.line} ${styles.head}`} aria-hidden>
          {choice && <span className={styles.tick} />}
          <span className={styles.name}>{t('files.name')}</span>
          <span className={styles.size}>{t('files.size')}</span>
          <span className={styles.changed}>{t('files.modified')}</span>
        </div>
        {rows.length > 0 && (
          <VirtualRows
            // Another folder or search begins at its top.
            key={JSON.stringify(asked)}
            rows={rows}
            rowHeight={ROW_PX}
            mostHeight={MOST_ROWS_PX}
            label={t('files.list')}
            keyOf={(entry, index) => entry?.path ?? String(index)}
            onRange={onRange}
            testId="file-rows"
          >
            {(entry) =>
              entry && (
                <EntryLine
                  entry={entry}
                  choice={choice}
                  whole={search !== ''}
                  onOpen={open}
                  onPick={onPick}
                />
              )
            }
          </VirtualRows>
        )}
        {total === undefined && !error && <Loader size="sm" m="md" aria-label={t('common.loading')} />}
        {total === 0 && (
          <Text c="dimmed" size="sm" p="md">
            {search ? t('files.noMatch') : t('files.empty')}
          </Text>
        )}
      </div>
      {total !== undefined && total > 0 && (
        <Text size="sm" c="dimmed" mt="xs" role="status">
          {t('files.found', { count: total, number: number(total) })}
        </Text>
      )}
    </div>
  )
}

/** Not drawn anew while the list only scrolls. */
const EntryLine = memo(function EntryLine({
  entry,
  choice,
  whole,
  onOpen,
  onPick,
}: {
  entry: FileEntry
  choice: FileChoice | undefined
  whole: boolean
  onOpen: (path: string) => void
  onPick: ((path: string) => void) | undefined
}) {
  const { bytes, exact } = useWords()
  return (
    <div className={styles.line}>
      {choice && (
        <span className={styles.tick}>
          <EntryTick entry={entry} choice={choice} />
        </span>
      )}
      <EntryName entry={entry} whole={whole} onOpen={onOpen} onPick={onPick} />
      <span className={styles.size}>{entry.kind === 'file' ? bytes(entry.sizeBytes) : ''}</span>
      <span className={styles.changed}>{exact(entry.modifiedAt)}</span>
    </div>
  )
})

function EntryName({
  entry,
  whole,
  onOpen,
  onPick,
}: {
  entry: FileEntry
  whole: boolean
  onOpen: (path: string) => void
  onPick: ((path: string) => void) | undefined
}) {
  const { t } = useWords()
  const KindIcon = entry.kind === 'directory' ? IconFolder : entry.kind === 'file' ? IconFile : IconLink
  const name = whole ? entry.path : entry.name
  const leads = entry.kind === 'directory' ? onOpen : entry.kind === 'file' ? onPick : undefined
  return (
    <span className={styles.name} title={name}>
      <KindIcon size={17} aria-label={t(`files.${entry.kind}`)} role="img" />
      {leads ? (
        <Anchor
          component="button"
          type="button"
          size="sm"
          truncate
          aria-label={t('files.open', { name: entry.name })}
          onClick={() => leads(entry.path)}
        >
          {name}
        </Anchor>
      ) : (
        <span className={styles.text}>{name}</span>
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
