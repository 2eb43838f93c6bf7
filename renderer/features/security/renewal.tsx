import { Button, Group, Stack, Text } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useState } from 'react'
import type { RepositoryInfo, Run } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { RunCard } from '../../components/run-card.tsx'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'

/** Storing everything anew after a change of keys: begins it, shows how it goes, and lets a person go on with what was interrupted. */
export function useRenewal(repository: RepositoryInfo, onChanged: () => void) {
  const runs = useSlice('runs') ?? {}
  const renew = useAction('repository.renew')
  const [runId, setRunId] = useState<string>()
  // Also one that another window began.
  const run =
    Object.values(runs).find(({ kind, state }) => kind === 'renew' && state === 'running') ??
    (runId === undefined ? undefined : runs[runId])
  const wait = useAction('run.wait')

  return {
    run,
    error: renew.error,
    isWanted: repository.isRenewing && run?.state !== 'running',
    busy: renew.busy,
    async begin(): Promise<void> {
      const started = await renew.act({ repositoryId: repository.id })
      if (!started) return
      setRunId(started.runId)
      await wait.act({ id: started.runId })
      onChanged()
    },
  }
}

/** How storing anew goes, or what came of it. */
export function Renewal({ renewal }: { renewal: ReturnType<typeof useRenewal> }) {
  const { t } = useWords()
  const { run, error, isWanted, busy, begin } = renewal
  if (!run && !isWanted && !error) return null
  return (
    <Stack gap="sm" data-testid="renewal">
      {error && <ErrorNote error={error} />}
      {run && (run.state === 'running' || run.error) && <RunCard run={run} />}
      {run?.renew && <Outcome report={run.renew} />}
      {isWanted && (
        <Group justify="space-between" gap="sm">
          <div>
            <Text fw={560}>{t('security.renewTitle')}</Text>
            <Text size="sm" c="dimmed">
              {t('security.renewHint')}
            </Text>
          </div>
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} aria-hidden />}
            loading={busy}
            onClick={begin}
          >
            {t('security.renewGoOn')}
          </Button>
        </Group>
      )}
    </Stack>
  )
}

function Outcome({ report }: { report: NonNullable<Run['renew']> }) {
  const { t, bytes, exact } = useWords()
  return (
    <Stack gap={4} role="status">
      {report.places.map(({ placeId, placeName: place, error, packs, olderPacks, waitingBytes, ...rest }) =>
        error ? (
          <ErrorNote key={placeId} error={error} place={place} />
        ) : (
          <div key={placeId}>
            <Text size="sm">{t('security.renewedAt', { place, count: packs, size: bytes(rest.bytes) })}</Text>
            {olderPacks > 0 && (
              <Text size="sm" fw={600}>
                {t('security.renewLeft', { place, count: olderPacks })}
              </Text>
            )}
            {waitingBytes > 0 && rest.waitingUntil !== undefined && (
              <Text size="sm" c="dimmed">
                {t('security.renewWaiting', {
                  place,
                  size: bytes(waitingBytes),
                  date: exact(rest.waitingUntil),
                })}
              </Text>
            )}
          </div>
        ),
      )}
    </Stack>
  )
}
