import { Tooltip, VisuallyHidden } from '@mantine/core'
import type { Status } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { Section } from '../../components/section.tsx'
import { useWords, type Words } from '../../words/use-words.ts'
import styles from './status-page.module.css'

type Day = Status['days'][number]

const LOWEST_PX = 14
const HIGHEST_PX = 56

/** A bar a day, as high as what was backed up (its square root, so that small days stay visible); problems are striped. */
export function ThirtyDays({ days }: { days: readonly Day[] }) {
  const words = useWords()
  const { t } = words
  const mostBytes = Math.max(1, ...days.map((day) => day.bytes))
  const withBackup = days.filter((day) => day.backups > 0).length
  const withFailure = days.filter((day) => day.failures > 0).length

  return (
    <Section title={t('statusPage.days')}>
      <Card>
        <VisuallyHidden>
          {t('statusPage.daysSummary', { days: withBackup, failures: withFailure })}
        </VisuallyHidden>
        <ol className={styles.days} data-testid="thirty-days">
          {days.map((day) => {
            const text = dayWords(day, words)
            return (
              <li key={day.date}>
                <Tooltip label={text}>
                  <span
                    className={`${styles.day} ${dayClass(day)}`}
                    style={{ height: heightOf(day, mostBytes) }}
                  >
                    <VisuallyHidden>{text}</VisuallyHidden>
                  </span>
                </Tooltip>
              </li>
            )
          })}
        </ol>
        <div className={styles.legend} aria-hidden>
          <span>
            <i className={`${styles.swatch} ${styles.day} ${styles.dayOk}`} /> {t('statusPage.daysLegendOk')}
          </span>
          <span>
            <i className={`${styles.swatch} ${styles.day} ${styles.dayFailed}`} />{' '}
            {t('statusPage.daysLegendFailed')}
          </span>
          <span>
            <i className={`${styles.swatch} ${styles.day}`} /> {t('statusPage.daysLegendNone')}
          </span>
        </div>
      </Card>
    </Section>
  )
}

function dayClass(day: Day): string {
  if (day.failures > 0) return styles.dayFailed ?? ''
  return day.backups > 0 ? (styles.dayOk ?? '') : ''
}

function heightOf(day: Day, mostBytes: number): number {
  if (day.backups === 0 && day.failures === 0) return 8
  return LOWEST_PX + Math.sqrt(day.bytes / mostBytes) * (HIGHEST_PX - LOWEST_PX)
}

function dayWords(day: Day, { t, day: dayText, bytes }: Words): string {
  const date = dayText(day.date)
  if (day.failures > 0) return t('statusPage.dayFailed', { date, count: day.failures })
  if (day.backups > 0) return t('statusPage.dayOk', { date, count: day.backups, size: bytes(day.bytes) })
  return t('statusPage.dayNone', { date })
}
