import { Loader, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import type { DataKind } from '../../../main/contract/index.ts'
import { FileBrowser } from '../../components/lists/file-browser.tsx'
import { VirtualRows } from '../../components/lists/virtual-rows.tsx'
import { SeenText } from '../../components/seen-text.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './explore.module.css'
import { Problem } from './problem.tsx'

type Way = 'sources' | 'search' | 'folders'
const WAYS: readonly Way[] = ['sources', 'search', 'folders']
const ROW_PX = 52
const MOST_PX = 420
/** Shorter names match nearly everything. */
const SHORTEST = 2

interface Found {
  readonly path: string
  readonly name?: string
  readonly kind: DataKind
  readonly sizeBytes: number
  readonly modifiedAt: string
  /** The newest backup that holds it so, where it was looked for in all of them. */
  readonly backupId?: string
}

/** Where a file of the backups is found: its data by name, any file by name over all backups, or by folder. */
export function FileFinder({
  backup,
  plan,
  onPick,
}: {
  backup: string
  plan: string | undefined
  onPick: (path: string, backup?: string) => void
}) {
  const { t } = useWords()
  const [way, setWay] = useState<Way>('sources')
  return (
    <Stack gap="sm" data-testid="file-finder">
      <SegmentedControl
        aria-label={t('explorePage.find.label')}
        data={WAYS.map((value) => ({ value, label: t(`explorePage.find.${value}`) }))}
        value={way}
        onChange={(value) => setWay(value as Way)}
        style={{ alignSelf: 'flex-start' }}
      />
      {way === 'sources' && <Sources backup={backup} onPick={onPick} />}
      {way === 'search' && <Search plan={plan} onPick={onPick} />}
      {way === 'folders' && <FileBrowser key={backup} backupId={backup} onPick={onPick} />}
    </Stack>
  )
}

function Sources({ backup, onPick }: { backup: string; onPick: (path: string) => void }) {
  const { t } = useWords()
  const { data, error, again } = useAnswer('data.sources', { backup, limit: 10_000 })
  if (error) return <Problem error={error} onAgain={again} />
  if (!data) return <Loader size="sm" aria-label={t('common.loading')} />
  if (data.sources.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t('explorePage.find.noSources')}
      </Text>
    )
  return (
    <>
      <FoundRows
        files={data.sources}
        label={t('explorePage.find.sources')}
        onPick={({ path }) => onPick(path)}
      />
      {data.total > data.sources.length && (
        <Text size="sm" c="dimmed">
          {t('explorePage.find.more')}
        </Text>
      )}
    </>
  )
}

function Search({
  plan,
  onPick,
}: {
  plan: string | undefined
  onPick: (path: string, backup?: string) => void
}) {
  const { t } = useWords()
  const [typed, setTyped] = useState('')
  const [name] = useDebouncedValue(typed.trim(), 300)
  const isWanted = name.length >= SHORTEST
  const asked = useAnswer('data.files', isWanted ? { name, ...(plan && { plan }), limit: 500 } : null)
  const found = isWanted ? asked.data : undefined
  return (
    <>
      <TextInput
        label={t('explorePage.find.name')}
        description={t('explorePage.find.nameHint')}
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={asked.busy && <Loader size={16} aria-label={t('common.loading')} />}
        value={typed}
        maxLength={500}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {isWanted && asked.error && <Problem error={asked.error} onAgain={asked.again} />}
      {found && found.files.length > 0 && (
        <FoundRows
          files={found.files}
          label={t('explorePage.find.search')}
          onPick={({ path, backupId }) => onPick(path, backupId)}
        />
      )}
      {found && (found.truncated || (found.files.length === 0 && !found.unsearched)) && (
        <Text size="sm" c="dimmed" role="status">
          {t(found.truncated ? 'explorePage.find.more' : 'find.none')}
        </Text>
      )}
      {found?.unsearched !== undefined && (
        <Text size="sm" c="dimmed" role="status">
          {t('explorePage.find.unsearched', { count: found.unsearched })}
        </Text>
      )}
    </>
  )
}

function FoundRows({
  files,
  label,
  onPick,
}: {
  files: readonly Found[]
  label: string
  onPick: (file: Found) => void
}) {
  const { t, bytes, exact } = useWords()
  return (
    <div className={styles.frame}>
      <VirtualRows
        rows={files}
        rowHeight={ROW_PX}
        mostHeight={MOST_PX}
        label={label}
        keyOf={({ path, backupId, modifiedAt }) => `${path} ${backupId} ${modifiedAt}`}
        testId="found-files"
      >
        {(file) => (
          <button type="button" className={styles.found} onClick={() => onPick(file)}>
            <span className={styles.foundName}>
              <SeenText text={file.name ?? file.path} most={300} isOneLine />
            </span>
            <span className={styles.foundFacts}>
              {[t(`explorePage.kind.${file.kind}`), bytes(file.sizeBytes), exact(file.modifiedAt)].join(
                ' · ',
              )}
              {file.name !== undefined && (
                <>
                  {' · '}
                  <SeenText text={file.path} most={300} isOneLine />
                </>
              )}
            </span>
          </button>
        )}
      </VirtualRows>
    </div>
  )
}
