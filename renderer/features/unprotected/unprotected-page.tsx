import { Button, Group, Loader, Stack, Text } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import type { UnprotectedReport } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { verdictLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { OutsideSection } from './outside-section.tsx'
import { PurposelySection } from './purposely-section.tsx'
import { RulesSection } from './rules-section.tsx'
import { ScopeSection } from './scope-section.tsx'
import styles from './unprotected.module.css'
import { UnreadSection } from './unread-section.tsx'
import { useCounting } from './use-counting.ts'

/** Figures that are older are counted anew when somebody looks. */
const FRESH_MS = 86_400_000

/** What no backup holds, and what to do about it. */
export default function UnprotectedPage() {
  const { t } = useWords()
  const plans = useSlice('plans')
  const recent = useSlice('recent')
  const {
    data: report,
    error,
    again,
  } = useAnswer('unprotected.report', {}, JSON.stringify([plans, recent?.backups[0]?.id]))
  const counting = useCounting(again)
  const { start } = counting

  const hasBegun = useRef(false)
  useEffect(() => {
    if (!report || hasBegun.current) return
    hasBegun.current = true
    if (isOld(report)) start()
  }, [report, start])

  return (
    <>
      <PageHeader title={t('unprotectedPage.title')} subtitle={t('unprotectedPage.subtitle')}>
        {report && <CountAgain counting={counting} report={report} />}
      </PageHeader>
      {error && <ErrorNote error={error} />}
      {counting.error && <ErrorNote error={counting.error} />}
      {!report && !error && <Loader m="xl" aria-label={t('common.loading')} />}
      {report && <Report report={report} onChanged={again} />}
    </>
  )
}

/** Figures of yesterday, or none of a folder that is new. */
function isOld({ countedAt, outside }: UnprotectedReport): boolean {
  const isStale = countedAt === undefined || Date.now() - Date.parse(countedAt) > FRESH_MS
  return isStale || outside.some(({ amount }) => amount === undefined)
}

/** When files were counted, counting anew, and stopping that. */
function CountAgain({
  counting,
  report,
}: {
  counting: ReturnType<typeof useCounting>
  report: UnprotectedReport
}) {
  const { t } = useWords()
  if (counting.busy)
    return (
      <Group gap="sm">
        <Loader size="xs" aria-hidden />
        <Text size="sm" role="status">
          {t('unprotectedPage.counting')}
        </Text>
        <Button size="xs" variant="default" onClick={counting.stop}>
          {t('unprotectedPage.stop')}
        </Button>
      </Group>
    )
  return (
    <Group gap="sm">
      {report.countedAt && (
        <Text size="sm" c="dimmed">
          {t('unprotectedPage.counted')} <RelativeTime at={report.countedAt} />
        </Text>
      )}
      <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} onClick={counting.start}>
        {t('unprotectedPage.count')}
      </Button>
    </Group>
  )
}

function Report({ report, onChanged }: { report: UnprotectedReport; onChanged: () => void }) {
  const { t, sentence } = useWords()
  const plans = Object.values(useSlice('plans') ?? {})
  const { verdict, outside, unread, scope, leftOut, isWhole } = report
  return (
    <Stack gap={32}>
      <Card className={styles.verdict} data-testid="unprotected-verdict" data-verdict={verdict}>
        <ToneDisc {...verdictLook[verdict]} size={64} />
        <div>
          <Text fw={650} size="xl">
            {sentence(report.sentence)}
          </Text>
          {!isWhole && (
            <Text c="dimmed" size="sm">
              {t('unprotectedPage.bounded')}
            </Text>
          )}
        </div>
      </Card>
      <ScopeSection changes={scope} />
      <UnreadSection unread={unread} plans={plans} onChanged={onChanged} />
      <OutsideSection
        folders={outside.filter(({ onPurpose }) => !onPurpose)}
        plans={plans}
        onChanged={onChanged}
      />
      <RulesSection rules={leftOut} plans={plans} />
      <PurposelySection folders={outside.filter(({ onPurpose }) => onPurpose)} onChanged={onChanged} />
    </Stack>
  )
}
