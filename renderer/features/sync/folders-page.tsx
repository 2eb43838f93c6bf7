import { Button, Stack } from '@mantine/core'
import { IconGitFork, IconPlus, IconRefresh } from '@tabler/icons-react'
import type { SyncedFolder } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { SyncSections } from '../../components/kept-folder/sync-sections.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { RunCard } from '../../components/run-card.tsx'
import { addressOf } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { FolderCard } from './folder-card.tsx'
import { VerdictLine } from './verdict-line.tsx'

/** The verdict, then a card for each synced folder. */
export function FoldersPage({ folders }: { folders: readonly SyncedFolder[] }) {
  const { t } = useWords()
  const runAll = useAction('sync.run')
  // A run of one folder shows in its card; one of all, here.
  const together = Object.values(useSlice('runs') ?? {}).filter(
    ({ kind, state, aboutIds }) => kind === 'sync' && state === 'running' && aboutIds?.length !== 1,
  )
  const conflicts = folders.reduce((sum, folder) => sum + folder.conflicts, 0)
  const addButton = (variant: 'filled' | 'default') => (
    <Button
      component="a"
      href={addressOf('sync', 'new')}
      variant={variant}
      leftSection={<IconPlus size={16} aria-hidden />}
    >
      {t('syncPage.add')}
    </Button>
  )

  return (
    <>
      <PageHeader title={t('syncPage.title')} subtitle={t('syncPage.subtitle')}>
        {folders.length > 0 && addButton('default')}
        {folders.length > 1 && (
          <Button
            leftSection={<IconRefresh size={17} aria-hidden />}
            loading={runAll.busy}
            disabled={together.length > 0}
            onClick={() => runAll.act({})}
          >
            {t('syncPage.runAll')}
          </Button>
        )}
      </PageHeader>
      <SyncSections current="folders" />
      <Stack gap="lg">
        {runAll.error && <ErrorNote error={runAll.error} />}
        {folders.length === 0 ? (
          <Card>
            <EmptyNote picture="agree" text={t('syncPage.empty')}>
              {addButton('filled')}
            </EmptyNote>
          </Card>
        ) : (
          <VerdictLine folders={folders}>
            {conflicts > 0 && (
              <Button
                component="a"
                href={addressOf('sync', 'conflicts')}
                leftSection={<IconGitFork size={16} aria-hidden />}
              >
                {t('syncPage.lookAtConflicts', { count: conflicts })}
              </Button>
            )}
          </VerdictLine>
        )}
        {together.map((run) => (
          <RunCard run={run} key={run.id} />
        ))}
        {folders.map((folder) => (
          <FolderCard folder={folder} key={folder.id} />
        ))}
      </Stack>
    </>
  )
}
