import { Anchor, Button, Group, Loader, Stack, Switch, Table, Text } from '@mantine/core'
import { IconArrowBackUp, IconFile, IconFolder, IconLink, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { SpaceEntry, SyncedFolder } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { FileVersions } from './file-versions.tsx'
import { PathTrail } from './path-trail.tsx'
import styles from './sync.module.css'

const PAGE_SIZE = 200

/** What the shared folder holds, with what was deleted where that is asked for; a file opens its versions. */
export function VersionsBrowser({ folder }: { folder: SyncedFolder }) {
  const { t, number } = useWords()
  const [path, setPath] = useState('')
  const [withDeleted, setWithDeleted] = useState(false)
  const [most, setMost] = useState(PAGE_SIZE)
  const [file, setFile] = useState<SpaceEntry>()
  const [said, setSaid] = useState('')
  const answer = useAnswer('sync.browse', { id: folder.id, path, withDeleted }, folder)
  const restore = useAction('sync.restore')
  const entries = answer.data ?? []
  const open = (next: string): void => {
    setMost(PAGE_SIZE)
    setPath(next)
  }
  const bringBack = async (entry: SpaceEntry): Promise<void> => {
    const back = await restore.act({ id: folder.id, path: entry.path })
    if (!back) return
    setSaid(t('syncPage.files.isBack', { path: back.path, count: back.files }))
    answer.again()
  }

  return (
    <div data-testid="versions-browser">
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
        {answer.error && <ErrorNote error={answer.error} place={folder.placeName} />}
        {restore.error && <ErrorNote error={restore.error} place={folder.placeName} />}
        <Card p={0} className={styles.scroll}>
          {!answer.data && answer.busy && <Loader size="sm" m="md" aria-label={t('common.loading')} />}
          {entries.length > 0 && (
            <Table verticalSpacing={7} horizontalSpacing="md" highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('files.name')}</Table.Th>
                  <Table.Th className={styles.end}>{t('files.size')}</Table.Th>
                  <Table.Th className={styles.wide}>{t('files.modified')}</Table.Th>
                  <Table.Th className={styles.end}>{t('syncPage.files.do')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {entries.slice(0, most).map((entry) => (
                  <EntryRow
                    key={`${entry.nodeId} ${entry.path}`}
                    entry={entry}
                    busy={restore.busy}
                    onOpen={() => open(entry.path)}
                    onVersions={() => setFile(entry)}
                    onBringBack={() => bringBack(entry)}
                  />
                ))}
              </Table.Tbody>
            </Table>
          )}
          {answer.data?.length === 0 && (
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
  const KindIcon = kind === 'directory' ? IconFolder : kind === 'file' ? IconFile : IconLink
  return (
    <Table.Tr data-deleted={isDeleted} data-testid="space-entry">
      <Table.Td>
        <span className={styles.entryName}>
          <KindIcon size={17} aria-label={t(`files.${kind}`)} role="img" />
          <span className={styles.entryText}>
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
            {isDeleted && (
              <ToneBadge tone="calm" icon={IconTrash}>
                {deletedAt ? (
                  <>
                    {t('syncPage.files.deleted')} <RelativeTime at={deletedAt} />
                  </>
                ) : (
                  t('syncPage.files.deleted')
                )}
              </ToneBadge>
            )}
          </span>
        </span>
      </Table.Td>
      <Table.Td className={`${styles.end} tabular`}>{kind === 'file' ? bytes(sizeBytes) : ''}</Table.Td>
      <Table.Td className={styles.wide}>{modifiedAt && <RelativeTime at={modifiedAt} />}</Table.Td>
      <Table.Td className={styles.end}>
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
