import { Anchor, Button, Group, Loader, Stack, Switch, Table, Text } from '@mantine/core'
import { type Icon, IconFile, IconFolder, IconLink, IconTrash } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import type { WireError } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'
import { Card } from '../card.tsx'
import { ErrorNote } from '../error-note.tsx'
import { ToneBadge } from '../tone.tsx'
import styles from './kept-folder.module.css'
import { PathTrail } from './path-trail.tsx'

const PAGE_SIZE = 200

/**
 * One folder of what a place holds: where one is, what was deleted where that is asked for, the entries page by page.
 * `entries` undefined: not answered yet.
 */
export function FolderContents<Entry>({
  path,
  onOpen,
  withDeleted,
  onWithDeleted,
  said,
  errors,
  placeName,
  note,
  entries,
  busy,
  at,
  row,
}: {
  path: string
  onOpen: (path: string) => void
  withDeleted: boolean
  onWithDeleted: (withDeleted: boolean) => void
  /** What was just done, for people who do not see it happen. */
  said: string
  errors: readonly (WireError | undefined)[]
  placeName: string
  note?: ReactNode
  entries: readonly Entry[] | undefined
  busy: boolean
  /** What the times of the entries are. */
  at: string
  row: (entry: Entry, open: (path: string) => void) => ReactNode
}) {
  const { t, number } = useWords()
  const [most, setMost] = useState(PAGE_SIZE)
  const total = entries?.length ?? 0
  const open = (next: string): void => {
    setMost(PAGE_SIZE)
    onOpen(next)
  }
  return (
    <>
      <Group justify="space-between" mb="xs">
        <PathTrail path={path} label={t('syncPage.files.path')} onOpen={open} />
        <Switch
          label={t('syncPage.files.showDeleted')}
          checked={withDeleted}
          onChange={(event) => onWithDeleted(event.currentTarget.checked)}
        />
      </Group>
      <Stack gap="sm">
        <Text size="sm" role="status" className={styles.anywhere}>
          {said}
        </Text>
        {errors.map((error) => error && <ErrorNote key={error.code} error={error} place={placeName} />)}
        {note}
        <Card p={0} className={styles.scroll}>
          {!entries && busy && <Loader size="sm" m="md" aria-label={t('common.loading')} />}
          {total > 0 && (
            <Table verticalSpacing={7} horizontalSpacing="md" highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('files.name')}</Table.Th>
                  <Table.Th className={styles.end}>{t('files.size')}</Table.Th>
                  <Table.Th className={styles.wide}>{at}</Table.Th>
                  <Table.Th className={styles.end}>{t('syncPage.files.do')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>{entries?.slice(0, most).map((entry) => row(entry, open))}</Table.Tbody>
            </Table>
          )}
          {entries && total === 0 && (
            <Text size="sm" c="dimmed" p="md">
              {t('files.empty')}
            </Text>
          )}
        </Card>
        {total > most && (
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              {t('files.shown', { shown: number(most), total: number(total) })}
            </Text>
            <Button variant="default" size="xs" onClick={() => setMost(most + PAGE_SIZE)}>
              {t('common.showMore')}
            </Button>
          </Group>
        )}
      </Stack>
    </>
  )
}

const kindIcons: Record<'file' | 'directory' | 'symlink', Icon> = {
  file: IconFile,
  directory: IconFolder,
  symlink: IconLink,
}

/** The first cell of an entry: what it is and its name; a folder opens. `deleted`: what is said of one that is gone. */
export function EntryName({
  name,
  kind,
  deleted,
  onOpen,
}: {
  name: string
  kind: keyof typeof kindIcons
  deleted?: ReactNode
  onOpen: () => void
}) {
  const { t } = useWords()
  const KindIcon = kindIcons[kind]
  return (
    <span className={styles.entryName}>
      <KindIcon size={17} aria-label={t(`files.${kind}`)} role="img" />
      <span className={styles.entryText}>
        {kind === 'directory' ? (
          <OpenFolder name={name} onOpen={onOpen} />
        ) : (
          <span className={styles.anywhere}>{name}</span>
        )}
        {deleted && (
          <ToneBadge tone="calm" icon={IconTrash}>
            {deleted}
          </ToneBadge>
        )}
      </span>
    </span>
  )
}

/** A folder's name that leads into it. */
export function OpenFolder({ name, onOpen }: { name: string; onOpen: () => void }) {
  const { t } = useWords()
  return (
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
  )
}
