import { Tooltip, VisuallyHidden } from '@mantine/core'
import type { PlanHealth } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './health-page.module.css'

type Day = PlanHealth['days'][number]
const WORDS = ['done', 'incomplete', 'failed', 'none'] as const

/** How a day went, in a word; the worst of it counts. */
function dayWord({ done, incomplete, failed }: Day): (typeof WORDS)[number] {
  if (failed > 0) return 'failed'
  if (incomplete > 0) return 'incomplete'
  return done > 0 ? 'done' : 'none'
}

/** A cell a day, oldest first. Each state has a shape of its own besides its colour. */
export function PlanDays({ days, plan }: { days: readonly Day[]; plan: string }) {
  const { t, day: dayText } = useWords()
  const made = days.filter(({ done, incomplete }) => done + incomplete > 0).length
  const failures = days.filter(({ failed }) => failed > 0).length
  return (
    <div>
      <VisuallyHidden>{t('healthPage.daysSummary', { count: made, failures })}</VisuallyHidden>
      <ol className={styles.days} aria-label={t('healthPage.days', { plan })} data-testid="plan-days">
        {days.map((day) => {
          const word = dayWord(day)
          const text = t(`healthPage.day.${word}`, { date: dayText(day.date) })
          return (
            <li key={day.date}>
              <Tooltip label={text}>
                <span className={`${styles.day} ${styles[word]}`}>
                  <VisuallyHidden>{text}</VisuallyHidden>
                </span>
              </Tooltip>
            </li>
          )
        })}
      </ol>
      <div className={styles.legend} aria-hidden>
        {WORDS.map((word) => (
          <span key={word}>
            <i className={`${styles.day} ${styles.swatch} ${styles[word]}`} />{' '}
            {t(`healthPage.legend.${word}`)}
          </span>
        ))}
      </div>
    </div>
  )
}
