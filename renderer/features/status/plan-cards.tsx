import { Anchor } from '@mantine/core'
import { IconArchive } from '@tabler/icons-react'
import type { Plan, Run, Status } from '../../../main/contract/index.ts'
import { Section } from '../../components/section.tsx'
import { type Look, levelLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ScheduleWords } from '../../components/times/schedule-words.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { addressOf } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './summary-card.module.css'
import { Fact, SummaryCard } from './summary-card.tsx'

/** A card a plan: is it safe, since when, and when again. Where there is no plan, the verdict has said so. */
export function PlanCards({ status }: { status: Status }) {
  const { t } = useWords()
  const plans = Object.values(useSlice('plans') ?? {})
  const runs = Object.values(useSlice('runs') ?? {})
  if (plans.length === 0) return null
  return (
    <Section
      title={t('plans.title')}
      testId="plan-cards"
      aside={
        <Anchor href={addressOf('backups')} size="sm">
          {t('statusPage.managePlans')}
        </Anchor>
      }
    >
      <div className={styles.grid}>
        {plans.map((plan) => (
          <PlanCard plan={plan} level={levelOf(plan, status, runs)} key={plan.id} />
        ))}
      </div>
    </Section>
  )
}

function PlanCard({ plan, level }: { plan: Plan; level: Status['level'] }) {
  const { t, number } = useWords()
  const { copies, lastBackupAt, nextRunAt } = plan
  const look: Look = levelLook[level]
  return (
    <SummaryCard
      picture={<ToneDisc tone={look.tone} icon={IconArchive} size={40} />}
      name={plan.name}
      href={addressOf('backups')}
      look={look}
      state={t(level === 'empty' ? 'statusPage.neverRan' : `levels.${level}`)}
      testId="plan-card"
    >
      <Fact label={t('statusPage.last')}>
        {lastBackupAt ? <RelativeTime at={lastBackupAt} /> : t('common.never')}
      </Fact>
      <Fact label={t('statusPage.nextBackup')}>
        {nextRunAt ? <RelativeTime at={nextRunAt} /> : <ScheduleWords text={plan.schedule} />}
      </Fact>
      {copies && (
        <Fact label={t('statusPage.copies')}>
          {t('statusPage.syncedOf', { synced: number(copies.current), total: number(copies.total) })}
        </Fact>
      )}
    </SummaryCard>
  )
}

/** The worst that is known of it; work shows only where nothing is wrong. */
function levelOf({ id, copies }: Plan, { problems }: Status, runs: readonly Run[]): Status['level'] {
  const worst = problems.find((problem) => problem.planId === id)?.level
  if (worst === 'failed' || worst === 'attention') return worst
  if (runs.some(({ state, planId }) => state === 'running' && planId === id)) return 'working'
  if (!copies) return 'empty'
  return worst ?? (copies.current < copies.total ? 'waiting' : 'protected')
}
