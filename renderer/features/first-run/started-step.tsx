import { Button, Stack, Text, Title } from '@mantine/core'
import type { Run } from '../../../main/contract/index.ts'
import type { BackupFormat } from '../../components/forms/format-choice.tsx'
import { RunCard } from '../../components/run-card.tsx'
import { runLook } from '../../components/states.ts'
import { ToneDisc } from '../../components/tone.tsx'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { KitOffer } from '../recovery/kit-offer.tsx'

const titles: Record<Run['state'], string> = {
  running: 'firstRun.startedTitle',
  done: 'firstRun.startedDone',
  incomplete: 'firstRun.startedIncomplete',
  failed: 'firstRun.startedFailed',
  cancelled: 'firstRun.startedFailed',
}

/** The first backup as it runs, and the recovery kit that belongs to it. Nobody has to wait for either. */
export function StartedStep({
  runId,
  format,
  onOpen,
}: {
  runId: string
  format: BackupFormat
  onOpen: () => void
}) {
  const { t } = useWords()
  const run = useSlice('runs')?.[runId]
  const state = run?.state ?? 'running'
  const good = state === 'running' || state === 'done'
  return (
    <Stack gap="lg">
      <Stack align="center" gap="xs" role="status">
        <ToneDisc {...runLook[state]} size={64} turning={state === 'running'} />
        <Title order={1} size="h2" ta="center" data-testid="started" data-state={state}>
          {t(titles[state])}
        </Title>
        {good && (
          <Text c="dimmed" ta="center">
            {t(state === 'done' ? 'firstRun.startedDoneBody' : 'firstRun.startedBody')}
          </Text>
        )}
      </Stack>
      {run && <RunCard run={run} />}
      {format === 'snapshot' && <KitOffer version={`${run?.phase} ${state}`} />}
      <Button size="md" mx="auto" onClick={onOpen}>
        {t('firstRun.open')}
      </Button>
    </Stack>
  )
}
