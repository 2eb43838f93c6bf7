import { Stack } from '@mantine/core'
import { RunCard } from '../../components/run-card.tsx'
import { Section } from '../../components/section.tsx'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { Hero } from './hero.tsx'
import { Numbers } from './numbers.tsx'
import { PlaceCards } from './place-cards.tsx'
import { PlanCards } from './plan-cards.tsx'
import { Problems } from './problems.tsx'
import { RecentBackups } from './recent-backups.tsx'
import { SyncSummary } from './sync-summary.tsx'
import { ThirtyDays } from './thirty-days.tsx'
import { UnusualChanges } from './unusual-changes.tsx'

/** The verdict in one sentence, what runs, what needs a person, a card a plan and place, then the numbers. */
export function StatusPage() {
  const { t } = useWords()
  const status = useSlice('status')?.current
  const runs = useSlice('runs') ?? {}
  const running = Object.values(runs).filter((run) => run.state === 'running')
  if (!status) return null
  // The guard's have cards of their own, with what a person does about them.
  const problems = status.problems.filter(({ id }) => !id.startsWith('unusual-change/'))

  return (
    <Stack gap={32}>
      <Hero status={status} />
      {running.length > 0 && (
        <Section title={t('statusPage.running')}>
          <Stack>
            {running.map((run) => (
              <RunCard run={run} key={run.id} />
            ))}
          </Stack>
        </Section>
      )}
      <UnusualChanges version={status} />
      {problems.length > 0 && <Problems problems={problems} />}
      <PlanCards status={status} />
      <PlaceCards />
      <ThirtyDays days={status.days} />
      <SyncSummary />
      <Numbers />
      <RecentBackups />
    </Stack>
  )
}
