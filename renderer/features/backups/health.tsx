import { Button, Group, Stack, Text } from '@mantine/core'
import { IconFirstAidKit, IconHistoryToggle, IconShieldCheck } from '@tabler/icons-react'
import { useState } from 'react'
import type { Backup } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { RunCard } from '../../components/run-card.tsx'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { CheckResults } from './check-results.tsx'
import { CopyList } from './copy-list.tsx'

/** A snapshot's copies: their state, when each was checked, when a restore was last proven, and ways to find out anew. */
export function Health({ backup }: { backup: Backup }) {
  const { t } = useWords()
  const runs = useSlice('runs') ?? {}
  const verify = useAction('backup.verify')
  const drill = useAction('backup.drill')
  const [runId, setRunId] = useState<string>()
  const run = runId === undefined ? undefined : runs[runId]
  const running = run?.state === 'running'
  const proofs = useAnswer('proof.list', {}, run?.state)
  const ofPlan = (proofs.data ?? []).filter((proof) => proof.planId === backup.planId)
  const error = verify.error ?? drill.error

  const check = async (heal: boolean): Promise<void> =>
    setRunId((await verify.act({ id: backup.id, heal }))?.runId)
  const tryRestore = async (): Promise<void> =>
    setRunId((await drill.act(backup.planId === undefined ? {} : { planId: backup.planId }))?.runId)

  return (
    <Stack gap="sm" data-testid="health">
      <CopyList copies={backup.copies} proofs={ofPlan} />
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconShieldCheck size={15} aria-hidden />}
          loading={verify.busy}
          disabled={running}
          onClick={() => check(false)}
        >
          {t('health.check')}
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconFirstAidKit size={15} aria-hidden />}
          loading={verify.busy}
          disabled={running}
          onClick={() => check(true)}
        >
          {t('health.heal')}
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconHistoryToggle size={15} aria-hidden />}
          loading={drill.busy}
          disabled={running}
          onClick={tryRestore}
        >
          {t('health.drill')}
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        {t('health.hint')}
      </Text>
      {error && <ErrorNote error={error} />}
      {run && (running || run.error) && <RunCard run={run} />}
      {run && !running && <CheckResults run={run} />}
    </Stack>
  )
}
