import { Button, Group, Loader, Stack, Text } from '@mantine/core'
import type { SyncedFolder, SyncOperation } from '../../../../main/contract/index.ts'
import { Card } from '../../../components/card.tsx'
import { EmptyNote } from '../../../components/empty-note.tsx'
import { ErrorNote } from '../../../components/error-note.tsx'
import { VirtualRows } from '../../../components/lists/virtual-rows.tsx'
import { useAction } from '../../../store/use-action.ts'
import { useAnswer } from '../../../store/use-answer.ts'
import { nameOf } from '../../../words/paths.ts'
import { useWords } from '../../../words/use-words.ts'
import { rowHeightOf } from '../row-height.ts'
import styles from '../sync.module.css'
import { OPERATION_REM, OperationRow } from './operation-row.tsx'

const MOST_PX = 520

/** What waits to be brought to the others; one or all can be left aside and taken back. */
export function QueueTab({ folder }: { folder: SyncedFolder }) {
  const { t } = useWords()
  const { data, error, again } = useAnswer('sync.queue', { id: folder.id }, folder)
  const drop = useAction('sync.drop')
  const turn = async (keys: string[] | undefined, on: boolean): Promise<void> => {
    if (await drop.act({ id: folder.id, on, ...(keys && { keys }) })) again()
  }
  const waiting = data?.filter(({ status }) => status !== 'dropped').length ?? 0
  const aside = (data?.length ?? 0) - waiting

  return (
    <Stack gap="sm">
      {(error ?? drop.error) && <ErrorNote error={(error ?? drop.error)!} />}
      {!data && !error && <Loader size="sm" aria-label={t('common.loading')} />}
      {data && data.length > 0 && (
        <>
          <Group justify="space-between">
            <Text size="sm" role="status">
              {[
                t('syncPage.queue.waiting', { count: waiting }),
                aside > 0 && t('syncPage.queue.aside', { count: aside }),
              ]
                .filter(Boolean)
                .join(' ')}
            </Text>
            <Group gap="xs">
              {waiting > 0 && (
                <Button size="xs" variant="default" loading={drop.busy} onClick={() => turn(undefined, true)}>
                  {t('syncPage.queue.dropAll')}
                </Button>
              )}
              {aside > 0 && (
                <Button
                  size="xs"
                  variant="default"
                  loading={drop.busy}
                  onClick={() => turn(undefined, false)}
                >
                  {t('syncPage.queue.takeAll')}
                </Button>
              )}
            </Group>
          </Group>
          <Card p={0} className={styles.clip}>
            <VirtualRows
              rows={data}
              rowHeight={rowHeightOf(OPERATION_REM)}
              mostHeight={MOST_PX}
              label={t('syncPage.tab.queue')}
              keyOf={({ key }) => key}
              testId="queue"
            >
              {(operation) => (
                <OperationRow operation={operation}>
                  <DropButton
                    operation={operation}
                    busy={drop.busy}
                    onTurn={(on) => turn([operation.key], on)}
                  />
                </OperationRow>
              )}
            </VirtualRows>
          </Card>
          <Text size="sm" c="dimmed">
            {t('syncPage.queue.asideHint')}
          </Text>
        </>
      )}
      {data?.length === 0 && (
        <Card>
          <EmptyNote picture="calm" text={t('syncPage.queue.empty')} />
        </Card>
      )}
    </Stack>
  )
}

function DropButton({
  operation,
  busy,
  onTurn,
}: {
  operation: SyncOperation
  busy: boolean
  onTurn: (on: boolean) => void
}) {
  const { t } = useWords()
  const isAside = operation.status === 'dropped'
  const name = nameOf(operation.path)
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      disabled={busy}
      aria-label={t(isAside ? 'syncPage.queue.takeNamed' : 'syncPage.queue.dropNamed', { name })}
      onClick={() => onTurn(!isAside)}
    >
      {t(isAside ? 'syncPage.queue.take' : 'syncPage.queue.drop')}
    </Button>
  )
}
