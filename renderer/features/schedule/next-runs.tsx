import { Box, Text, VisuallyHidden } from '@mantine/core'
import { IconClock } from '@tabler/icons-react'
import type { ComingRun, SchedulePreview } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useNow } from '../../components/times/use-now.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './schedule.module.css'
import type { ScheduleTrial } from './use-schedule-trial.ts'

/** What the list of times, or the sentence in its stead, says already. */
const SAID = ['notYet', 'manual', 'notConnected', 'noChange', 'resting'].map((each) => `whyNot.${each}`)

const AT_ONCE_MS = 60_000
const MONTH_MS = 30 * 86_400_000

/** When a plan would run next, as the engine works it out, and what keeps it from running now. */
export function NextRuns({ trial }: { trial: ScheduleTrial }) {
  const { t } = useWords()
  const { preview, error, isOld } = trial
  return (
    <Box className={styles.runs} data-testid="next-runs" data-old={isOld} aria-busy={isOld}>
      <Text size="sm" fw={600} className={styles.title}>
        <IconClock size={16} stroke={1.8} aria-hidden /> {t('schedule.nextTitle')}
      </Text>
      {error && <ErrorNote error={error} />}
      {trial.wrong && (
        <Text size="sm" c="dimmed">
          {t('schedule.nextUnknown')}
        </Text>
      )}
      {preview && <Runs preview={preview} />}
    </Box>
  )
}

function Runs({ preview }: { preview: SchedulePreview }) {
  const { t, sentence, timeIn } = useWords()
  const { kind, runs, timeZone, why } = preview
  const [first] = runs
  const isElsewhere = timeZone !== Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <>
      <VisuallyHidden role="status">
        {first && t('schedule.nextIs', { time: timeIn(first.startsAt ?? first.dueAt, timeZone) })}
      </VisuallyHidden>
      {kind !== 'calendar' && (
        <Text size="sm" mb={first && 6}>
          {t(`schedule.note.${kind}`)}
        </Text>
      )}
      {runs.length > 0 && (
        <ol className={styles.list} aria-label={t('schedule.nextTitle')}>
          {runs.map((run) => (
            <Run run={run} timeZone={timeZone} key={run.dueAt} />
          ))}
        </ol>
      )}
      {!SAID.includes(why.key) && (
        <Text size="sm" mt={6} data-testid="why-not">
          {t('schedule.now', { why: sentence(why) })}
        </Text>
      )}
      {isElsewhere && runs.length > 0 && (
        <Text size="xs" c="dimmed" mt={6}>
          {t('schedule.otherZone', { zone: timeZone })}
        </Text>
      )}
    </>
  )
}

function Run({ run: { dueAt, startsAt }, timeZone }: { run: ComingRun; timeZone: string }) {
  const { t, timeIn, relative } = useWords()
  const nowMs = useNow(30_000)
  const at = startsAt ?? dueAt
  const aheadMs = Date.parse(at) - nowMs
  // Far ahead, the distance in words would be the date once more.
  const distance =
    aheadMs < AT_ONCE_MS ? t('schedule.atOnce') : aheadMs < MONTH_MS ? relative(at, nowMs) : undefined
  return (
    <li>
      <time dateTime={at}>{timeIn(at, timeZone)}</time>
      <Text component="span" size="sm" c="dimmed">
        {startsAt === undefined ? distance : t('schedule.putOff', { time: timeIn(dueAt, timeZone, 'time') })}
      </Text>
    </li>
  )
}
