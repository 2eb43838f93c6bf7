import { Alert, Button, Group, SegmentedControl, Stack } from '@mantine/core'
import { IconArrowLeft, IconGitFork } from '@tabler/icons-react'
import { useState } from 'react'
import type { SyncConflict, SyncedFolder } from '../../../../main/contract/index.ts'
import { Card } from '../../../components/card.tsx'
import { EmptyNote } from '../../../components/empty-note.tsx'
import { ErrorNote } from '../../../components/error-note.tsx'
import { PageHeader } from '../../../components/page-header.tsx'
import { addressOf, goTo } from '../../../store/route.ts'
import { useAction } from '../../../store/use-action.ts'
import { useAnswer } from '../../../store/use-answer.ts'
import { nameOf } from '../../../words/paths.ts'
import { useWords } from '../../../words/use-words.ts'
import { ConflictDetail } from './conflict-detail.tsx'
import { ConflictList } from './conflict-list.tsx'
import { SettleAll } from './settle-all.tsx'

type State = SyncConflict['state']

/** Everything two devices changed at once: what waits, what was decided, and one of them in detail. */
export function ConflictsPage({
  folders,
  conflictId,
}: {
  folders: readonly SyncedFolder[]
  conflictId: string | undefined
}) {
  const { t } = useWords()
  const [state, setState] = useState<State>('open')
  const [settled, setSettled] = useState<SyncConflict>()
  const reopen = useAction('sync.reopen')
  // The folders say when something changed.
  const answer = useAnswer('sync.conflicts', { state }, folders)
  const conflicts = answer.data?.filter((conflict) => conflict.state === state)
  const at = conflicts?.findIndex(({ id }) => id === conflictId) ?? -1
  const shown = conflicts?.[at]

  const afterSettling = (conflict: SyncConflict): void => {
    const next = conflicts?.[at + 1] ?? conflicts?.[at - 1]
    setSettled(conflict)
    answer.again()
    goTo('sync', next ? `conflicts/${next.id}` : 'conflicts')
  }
  const takeBack = async (conflict: SyncConflict): Promise<void> => {
    if (!(await reopen.act({ conflictId: conflict.id }))) return
    setSettled(undefined)
    answer.again()
  }

  return (
    <>
      <PageHeader title={t('syncPage.conflicts.title')} subtitle={t('syncPage.conflicts.subtitle')}>
        <Button
          component="a"
          variant="default"
          href={addressOf('sync', shown ? 'conflicts' : undefined)}
          leftSection={<IconArrowLeft size={16} aria-hidden />}
        >
          {t(shown ? 'syncPage.conflicts.all' : 'syncPage.backToFolders')}
        </Button>
      </PageHeader>
      <Stack gap="lg">
        {settled && (
          <Alert
            variant="light"
            role="status"
            withCloseButton
            closeButtonLabel={t('common.close')}
            onClose={() => setSettled(undefined)}
            data-testid="settled"
          >
            <Group gap="md">
              {t('syncPage.conflicts.settled', { name: nameOf(settled.path) })}
              <Button size="xs" variant="default" loading={reopen.busy} onClick={() => takeBack(settled)}>
                {t('syncPage.conflicts.undo')}
              </Button>
            </Group>
          </Alert>
        )}
        {reopen.error && <ErrorNote error={reopen.error} />}
        {answer.error && <ErrorNote error={answer.error} />}
        {shown ? (
          <ConflictDetail
            key={shown.id}
            conflict={shown}
            place={{ at: at + 1, total: conflicts?.length ?? 0 }}
            before={conflicts?.[at - 1]}
            after={conflicts?.[at + 1]}
            onSettled={afterSettling}
            onTakeBack={takeBack}
          />
        ) : (
          <>
            <Group justify="space-between">
              <SegmentedControl
                aria-label={t('syncPage.conflicts.show')}
                data={[
                  { value: 'open', label: t('syncPage.conflicts.open') },
                  { value: 'resolved', label: t('syncPage.conflicts.decided') },
                ]}
                value={state}
                onChange={(value) => setState(value as State)}
              />
              {state === 'open' && conflicts && conflicts.length > 1 && (
                <SettleAll conflicts={conflicts} onSettled={answer.again} />
              )}
            </Group>
            {conflicts && conflicts.length > 0 && (
              <ConflictList conflicts={conflicts} onTakeBack={takeBack} busy={reopen.busy} />
            )}
            {conflicts?.length === 0 && (
              <Card>
                <EmptyNote
                  icon={IconGitFork}
                  picture={state === 'open' ? 'agree' : undefined}
                  text={t(state === 'open' ? 'syncPage.conflicts.none' : 'syncPage.conflicts.noneDecided')}
                />
              </Card>
            )}
          </>
        )}
      </Stack>
    </>
  )
}
