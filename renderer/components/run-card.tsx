import { Button, Group, Progress, Stack, Text } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useId } from 'react'
import type { Run } from '../../main/contract/index.ts'
import { useAction } from '../store/use-action.ts'
import { useWords } from '../words/use-words.ts'
import { Card } from './card.tsx'
import { ErrorNote } from './error-note.tsx'
import styles from './run-card.module.css'
import { shareDone } from './share-done.ts'
import { copyLook, runLook } from './states.ts'
import { timeLeftText } from './times/time-left.ts'
import { ToneBadge, ToneDisc } from './tone.tsx'

/** Long work as it goes: how far, how fast, how long still, what, where to, and a way to stop it. */
export function RunCard({ run }: { run: Run }) {
  const words = useWords()
  const { t, bytes, number } = words
  const cancel = useAction('run.cancel')
  const titleId = useId()
  const title = t(`runs.title.${run.kind}`, { label: run.label })
  const running = run.state === 'running'
  const share = shareDone(run)

  const facts = [
    run.bytesTotal === undefined
      ? run.bytes > 0 && bytes(run.bytes)
      : t('runs.progressOf', { done: bytes(run.bytes), total: bytes(run.bytesTotal) }),
    run.filesTotal === undefined
      ? run.files > 0 && t('count.files', { count: run.files })
      : t('runs.filesOf', { done: number(run.files), total: number(run.filesTotal) }),
    running && run.bytesPerSecond > 0 && t('time.perSecond', { rate: bytes(run.bytesPerSecond) }),
    running && run.secondsLeft !== undefined && timeLeftText(run.secondsLeft, t),
  ].filter((fact): fact is string => typeof fact === 'string')

  return (
    <Card role="group" aria-labelledby={titleId} data-testid="run-card" data-run-state={run.state}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="md">
        <Group gap="md" wrap="nowrap" miw={0}>
          <ToneDisc {...runLook[run.state]} turning={running} />
          <Stack gap={0} miw={0}>
            <Text fw={650} id={titleId}>
              {title}
            </Text>
            <Text size="sm" c="dimmed">
              {running ? t(`runs.phase.${run.phase}`) : t(`runs.state.${run.state}`)}
            </Text>
          </Stack>
        </Group>
        {running && (
          <Button
            variant="default"
            size="xs"
            className={styles.cancel}
            leftSection={<IconX size={14} aria-hidden />}
            loading={cancel.busy}
            aria-label={t('runs.cancelNamed', { title })}
            onClick={() => cancel.act({ id: run.id })}
          >
            {t('runs.cancel')}
          </Button>
        )}
      </Group>

      {running && (
        <Progress
          mt="md"
          size={10}
          radius="xl"
          value={share === undefined ? 100 : share * 100}
          animated={share === undefined}
          aria-label={t('runs.overall', { title })}
        />
      )}
      {facts.length > 0 && (
        <Text size="sm" mt="xs" className="tabular">
          {facts.join(' · ')}
        </Text>
      )}
      {running && run.currentPath && (
        <Text size="xs" c="dimmed" className={styles.path} title={run.currentPath}>
          {run.currentPath}
        </Text>
      )}
      {run.copies && run.copies.length > 0 && <CopyBars copies={run.copies} />}
      {run.error && run.state !== 'cancelled' && (
        <div className={styles.error}>
          <ErrorNote error={run.error} />
        </div>
      )}
      {cancel.error && <ErrorNote error={cancel.error} />}
    </Card>
  )
}

type Copy = NonNullable<Run['copies']>[number]

/** A copy that is there is whole, also where next to nothing had to be sent for it. */
function shareSent({ state, sentBytes, totalBytes }: Copy): number {
  if (state === 'synced') return 1
  return totalBytes > 0 ? sentBytes / totalBytes : 0
}

function CopyBars({ copies }: { copies: readonly Copy[] }) {
  const { t, bytes } = useWords()
  return (
    <ul className={styles.copies}>
      {copies.map((copy) => (
        <li key={copy.placeId}>
          <Group justify="space-between" gap="xs" mb={4}>
            <Text size="sm" truncate>
              {copy.placeName}
            </Text>
            <ToneBadge {...copyLook[copy.state]}>{t(`copies.state.${copy.state}`)}</ToneBadge>
          </Group>
          <Progress
            size={5}
            radius="xl"
            value={shareSent(copy) * 100}
            aria-label={t('runs.toPlace', { place: copy.placeName })}
          />
          {copy.totalBytes > 0 && (
            <Text size="xs" c="dimmed" mt={3} className="tabular">
              {t('runs.progressOf', { done: bytes(copy.sentBytes), total: bytes(copy.totalBytes) })}
            </Text>
          )}
        </li>
      ))}
    </ul>
  )
}
