import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconArrowBackUp, IconFolderOpen } from '@tabler/icons-react'
import { useState } from 'react'
import type { Run } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { RunCard } from '../../components/run-card.tsx'
import { runLook } from '../../components/states.ts'
import { ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './restore.module.css'
import { UndoDialog } from './undo-dialog.tsx'

interface Props {
  runId: string
  into: string
  onAgain: () => void
}

/** The restore as it goes, then its report. */
export function RunStep({ runId, into, onAgain }: Props) {
  const { t } = useWords()
  const run = useSlice('runs')?.[runId]
  if (!run) return <Text role="status">{t('common.loading')}…</Text>
  if (run.state === 'running') return <RunCard run={run} />
  return <Report run={run} into={into} onAgain={onAgain} />
}

const titles = {
  done: 'restore.doneTitle',
  incomplete: 'restore.doneIncomplete',
  failed: 'restore.failedTitle',
  cancelled: 'restore.cancelledTitle',
} as const

function Report({ run, into, onAgain }: { run: Run; into: string; onAgain: () => void }) {
  const { t, bytes, number } = useWords()
  const info = useAnswer('app.info', {})
  const open = useAction('host.openFolder')
  const [undoing, setUndoing] = useState(false)
  const report = run.restore
  const state = run.state === 'running' ? 'done' : run.state
  const amounts = report && [
    ['restored', number(report.restored)],
    ['bytes', bytes(report.bytes)],
    ['renamed', number(report.renamed)],
    ['replaced', number(report.replaced)],
    ['unchanged', number(report.unchanged)],
    ['skipped', number(report.skipped)],
  ]

  return (
    <Stack gap="lg" data-testid="restore-report" data-state={state}>
      <Group gap="md" wrap="nowrap" role="status">
        <ToneDisc {...runLook[state]} size={56} />
        <div>
          <Title order={2} size="h3">
            {t(titles[state])}
          </Title>
          {report && (
            <Text c="dimmed">{t('restore.restored', { count: report.restored, into: report.into })}</Text>
          )}
        </div>
      </Group>
      {run.error && <ErrorNote error={run.error} />}
      {amounts && (
        <dl className={styles.numbers}>
          {amounts.map(([name, value]) => (
            <div key={name}>
              <dt>{t(`restore.report.${name}`)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {report?.replacedInto && (
        <Text size="sm">{t('restore.replacedInto', { path: report.replacedInto })}</Text>
      )}
      {report && (
        <>
          <Left title={t('restore.failedFiles', { count: report.failed.length })} items={report.failed} />
          <Left title={t('restore.refused', { count: report.refused.length })} items={report.refused} />
        </>
      )}
      {open.error && <ErrorNote error={open.error} />}
      <Group gap="sm">
        {info.data?.can.openFolder && (state === 'done' || state === 'incomplete') && (
          <Button
            leftSection={<IconFolderOpen size={17} aria-hidden />}
            loading={open.busy}
            onClick={() => open.act({ path: report?.into ?? into })}
          >
            {t('restore.openFolder')}
          </Button>
        )}
        {report?.undoId !== undefined && (
          <Button
            variant="default"
            leftSection={<IconArrowBackUp size={17} aria-hidden />}
            onClick={() => setUndoing(true)}
          >
            {t('restore.undo')}
          </Button>
        )}
        <Button variant="default" onClick={onAgain}>
          {t('restore.again')}
        </Button>
      </Group>
      {report?.undoId !== undefined && (
        <UndoDialog id={report.undoId} opened={undoing} onClose={() => setUndoing(false)} />
      )}
    </Stack>
  )
}

/** Files that did not come back, by name. */
function Left({ title, items }: { title: string; items: readonly { path: string; reason: string }[] }) {
  if (items.length === 0) return null
  return (
    <div>
      <Text fw={600} size="sm" mb={4}>
        {title}
      </Text>
      <ul className={styles.left}>
        {items.map((item) => (
          <li key={item.path}>
            <code>{item.path}</code>{' '}
            <Text span size="xs" c="dimmed">
              {item.reason}
            </Text>
          </li>
        ))}
      </ul>
    </div>
  )
}
