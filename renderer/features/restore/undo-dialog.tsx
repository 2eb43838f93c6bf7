import { Button, Group, Loader, Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { UndoReport } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { TitledDialog } from '../../components/titled-dialog.tsx'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './restore.module.css'

/** Takes a restore back: what would happen first, then what did. */
export function UndoDialog({ id, opened, onClose }: { id: string; opened: boolean; onClose: () => void }) {
  const { t } = useWords()
  return (
    <TitledDialog opened={opened} onClose={onClose} size="lg" title={t('restore.undoTitle')}>
      <Undo id={id} onClose={onClose} />
    </TitledDialog>
  )
}

function Undo({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useWords()
  const { act, error, busy } = useAction('restore.undo')
  const [asked, setAsked] = useState<string>()
  const [begun, setBegun] = useState<string>()
  const runs = useSlice('runs')
  const told = asked === undefined ? undefined : runs?.[asked]
  const run = begun === undefined ? undefined : runs?.[begun]

  useEffect(() => {
    void act({ id, dryRun: true }).then((started) => setAsked(started?.runId))
  }, [act, id])

  const begin = async (): Promise<void> => setBegun((await act({ id }))?.runId)
  const failed = error ?? run?.error ?? told?.error
  const isOver = run !== undefined && run.state !== 'running'
  const report = run ? run.undo : told?.undo

  return (
    <Stack data-testid="undo" data-state={isOver ? run.state : 'asked'}>
      {failed && <ErrorNote error={failed} />}
      {!failed && !report && (
        <Group gap="sm" role="status">
          <Loader size="sm" aria-hidden />
          <Text size="sm">{t(begun === undefined ? 'restore.undoLooking' : 'restore.undoing')}</Text>
        </Group>
      )}
      {report && <UndoLines report={report} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t(isOver ? 'common.done' : 'common.cancel')}
        </Button>
        {!isOver && (
          <Button disabled={!report} loading={busy || run?.state === 'running'} onClick={() => void begin()}>
            {t('restore.undoConfirm')}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

function UndoLines({ report }: { report: UndoReport }) {
  const { t } = useWords()
  const { dryRun, removed, broughtBack, left, leftCount, into, keptIn } = report
  const form = dryRun ? 'would' : 'did'
  return (
    <Stack gap="xs" role="status">
      <Text size="sm" c="dimmed" className={styles.anywhere}>
        {into}
      </Text>
      <Text>{t(`restore.undoRemoved.${form}`, { count: removed })}</Text>
      <Text>{t(`restore.undoBack.${form}`, { count: broughtBack })}</Text>
      {leftCount > 0 && (
        <div>
          <Text fw={600} size="sm">
            {t('restore.undoLeft', { count: leftCount })}
          </Text>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard. */}
          <ul className={styles.left} tabIndex={0} aria-label={t('restore.undoLeft', { count: leftCount })}>
            {left.map(({ path, reason }) => (
              <li key={path}>
                <code className={styles.anywhere}>{path}</code>{' '}
                <Text span size="xs" c="dimmed">
                  {t(`restore.left.${reason}`)}
                </Text>
              </li>
            ))}
          </ul>
        </div>
      )}
      {keptIn && <Text size="sm">{t('restore.replacedInto', { path: keptIn })}</Text>}
    </Stack>
  )
}
