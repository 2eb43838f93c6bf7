import type { Mirror, ScheduledJob } from '../../../main/contract/index.ts'
import { Figure, Figures } from '../../components/figures.tsx'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { useWords } from '../../words/use-words.ts'

/** When a mirror ran and what came of it, when it runs, and what it holds. */
export function MirrorFigures({ mirror, job }: { mirror: Mirror; job: ScheduledJob | undefined }) {
  const { t, bytes, schedule } = useWords()
  const { last, holds, keepDays } = mirror
  return (
    <Figures>
      <Figure label={t('mirrors.lastRun')}>
        {last ? <RelativeTime at={last.at} /> : t('common.never')}
        {last && last.outcome !== 'failed' && (
          <>
            {' · '}
            {last.transferred === 0 && last.deleted === 0
              ? t('mirrors.didNothing')
              : t('mirrors.did', { count: last.transferred, size: bytes(last.bytes) })}
            {last.deleted > 0 && `, ${t('mirrors.didDelete', { count: last.deleted })}`}
          </>
        )}
      </Figure>
      <Figure label={t('mirrors.nextRun')}>
        {job?.nextRunAt && mirror.schedule !== 'manual' ? (
          <>
            <RelativeTime at={job.nextRunAt} /> · {schedule(mirror.schedule)}
          </>
        ) : (
          schedule(mirror.schedule)
        )}
      </Figure>
      <Figure label={t('syncPage.holds')}>
        {holds ? (
          <>
            {t('count.files', { count: holds.files })} · {bytes(holds.bytes)}
          </>
        ) : (
          t('mirrors.notKnown')
        )}
      </Figure>
      <Figure label={t('mirrors.keeps')}>{t('mirrors.keepsDays', { count: keepDays })}</Figure>
    </Figures>
  )
}
