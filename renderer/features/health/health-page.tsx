import { Button, Stack, Text } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import type { HealthReport } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Section } from '../../components/section.tsx'
import { verdictLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { useNow } from '../../components/times/use-now.ts'
import { ToneDisc } from '../../components/tone.tsx'
import { addressOf } from '../../store/route.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { CostSection } from '../storage/cost-section.tsx'
import { Findings } from './findings.tsx'
import styles from './health-page.module.css'
import { PlaceHealthCard } from './place-health-card.tsx'
import { PlanHealthCard } from './plan-health-card.tsx'

const MINUTE_MS = 60_000

/** How backups have been going: the verdict, what to do, then plans and places with their figures. */
export default function HealthPage() {
  const { t } = useWords()
  const status = useSlice('status')?.current
  const recent = useSlice('recent')
  // Asked again whenever something ended or changed for the worse or the better, and as copies grow old.
  const seen = [status?.level, status?.lastBackupAt, status?.problems.length, recent?.total]
  const minute = Math.floor(useNow(MINUTE_MS) / MINUTE_MS)
  const { data: report, error } = useAnswer('health.report', {}, `${seen.join()} ${minute}`)

  return (
    <>
      <PageHeader title={t('healthPage.title')} subtitle={t('healthPage.subtitle')}>
        <Button
          component="a"
          href={addressOf('activity')}
          variant="default"
          leftSection={<IconListDetails size={16} aria-hidden />}
        >
          {t('activity.open')}
        </Button>
      </PageHeader>
      {error && <ErrorNote error={error} />}
      {report && <Report report={report} />}
    </>
  )
}

function Report({ report }: { report: HealthReport }) {
  const { t, sentence } = useWords()
  const { plans, places, incidents } = report
  const solved = incidents.filter(({ closedAt }) => closedAt !== undefined)
  const isCalm = report.findings.length === 0
  if (plans.length === 0 && report.findings.length === 0)
    return (
      <Card>
        <EmptyNote picture="calm" text={t('healthPage.empty')} />
      </Card>
    )
  return (
    <Stack gap={32}>
      <Card className={styles.verdict} data-testid="verdict" data-verdict={report.verdict}>
        <ToneDisc {...verdictLook[report.verdict]} size={56} />
        <div>
          <Text fw={650} size="lg">
            {isCalm ? sentence(report.sentence) : t(`healthPage.verdict.${report.verdict}`)}
          </Text>
          <Text c="dimmed" size="sm">
            {isCalm
              ? t(`healthPage.verdict.${report.verdict}`)
              : t('healthPage.count', { count: report.findings.length })}
          </Text>
        </div>
      </Card>
      {report.findings.length > 0 && <Findings findings={report.findings} incidents={incidents} />}
      <Section title={t('healthPage.plans')}>
        <Stack>
          {plans.map((plan) => (
            <PlanHealthCard plan={plan} key={plan.planId} />
          ))}
        </Stack>
      </Section>
      <Section title={t('healthPage.places')}>
        <div className={styles.places}>
          {places.map((place) => (
            <PlaceHealthCard place={place} key={place.placeId} />
          ))}
        </div>
      </Section>
      <CostSection places={places} />
      {solved.length > 0 && (
        <Section title={t('healthPage.solved')}>
          <Card>
            <ul className={styles.solved}>
              {solved.map(({ finding, openedAt, closedAt }) => (
                <li key={`${finding.id} ${openedAt}`}>
                  <span>{sentence(finding.sentence)}</span>
                  <Text component="span" size="sm" c="dimmed">
                    {t('healthPage.solvedAt')} {closedAt && <RelativeTime at={closedAt} />}
                  </Text>
                </li>
              ))}
            </ul>
          </Card>
        </Section>
      )}
    </Stack>
  )
}
