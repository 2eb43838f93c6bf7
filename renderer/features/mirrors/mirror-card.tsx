import { Anchor, Group, Stack, Text, Title } from '@mantine/core'
import type { Mirror, ScheduledJob } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import shared from '../../components/kept-folder/kept-folder.module.css'
import { RunCard } from '../../components/run-card.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { addressOf } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { HeldNote } from './held-note.tsx'
import { mirrorLook } from './looks.ts'
import { MirrorActions } from './mirror-actions.tsx'
import { MirrorFigures } from './mirror-figures.tsx'
import { mirrorSentence } from './mirror-sentence.ts'

/** What is said of a schedule elsewhere in the card. */
const SAID: readonly string[] = ['running', 'manual', 'notYet', 'offline', 'guarded'].map(
  (each) => `whyNot.${each}`,
)

/** A mirror: how it is, when it ran and runs, and what to do. */
export function MirrorCard({
  mirror,
  job,
  isAlone = false,
}: {
  mirror: Mirror
  job: ScheduledJob | undefined
  isAlone?: boolean
}) {
  const words = useWords()
  const { t, sentence } = words
  const { id, name, direction, folder, prefix, placeName, state, error } = mirror
  const runs = Object.values(useSlice('runs') ?? {}).filter(
    (run) => run.state === 'running' && run.aboutIds?.includes(id),
  )
  return (
    <Card role="group" aria-label={name} data-testid="mirror" data-state={state}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={2} flex="1 1 260px" miw={0}>
          {!isAlone && (
            <Title order={2} size="h4" className={shared.anywhere}>
              <Anchor inherit c="inherit" href={addressOf('sync', `mirrors/${id}`)}>
                {name}
              </Anchor>
            </Title>
          )}
          <Text size="sm" c="dimmed" className={shared.anywhere}>
            {t(`mirrors.way.${direction}`, { folder, place: placeName, prefix })}
          </Text>
        </Stack>
        <ToneBadge {...mirrorLook[state]}>{t(`mirrors.state.${state}`)}</ToneBadge>
      </Group>
      <Text fw={560} mt="sm" className={shared.anywhere} data-testid="mirror-sentence">
        {mirrorSentence(mirror, words)}
      </Text>
      {job && !SAID.includes(job.why.key) && (
        <Text size="sm" c="dimmed" data-testid="mirror-why">
          {t('schedule.now', { why: sentence(job.why) })}
        </Text>
      )}
      <MirrorFigures mirror={mirror} job={job} />
      <Stack gap="md">
        {runs.map((run) => (
          <RunCard run={run} key={run.id} />
        ))}
        {state === 'held' && !error && <HeldNote mirror={mirror} />}
        {error && (state === 'failed' || state === 'held') && <ErrorNote error={error} place={placeName} />}
        <MirrorActions mirror={mirror} />
      </Stack>
    </Card>
  )
}
