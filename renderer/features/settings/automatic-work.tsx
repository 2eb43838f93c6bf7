import { Select } from '@mantine/core'
import type { ScheduledJob, Settings } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { SettingRow } from '../../components/forms/setting-row.tsx'
import { Section } from '../../components/section.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { careSchedules } from '../../words/schedules.ts'
import { useWords } from '../../words/use-words.ts'

const KINDS = [
  { id: 'verify', setting: 'verifySchedule' },
  { id: 'cleanup', setting: 'cleanupSchedule' },
  { id: 'drill', setting: 'drillSchedule' },
] as const

/** What looks after the backups by itself: when, and when next. */
export function AutomaticWork({
  settings,
  onChange,
}: {
  settings: Settings
  onChange: (change: Partial<Settings>) => void
}) {
  const { t, schedule, exact } = useWords()
  const chosen = KINDS.map(({ setting }) => settings[setting])
  const jobs = useAnswer('schedule.list', {}, chosen.join()).data?.jobs ?? []

  const hintOf = (id: string, job: ScheduledJob | undefined): string => {
    const what = t(`settings.automatic.${id}Hint`)
    return job?.nextRunAt ? `${what} ${t('settings.automatic.next', { at: exact(job.nextRunAt) })}` : what
  }

  return (
    <Section title={t('settings.automatic.title')}>
      <Card>
        {KINDS.map(({ id, setting }) => (
          <SettingRow
            key={id}
            label={t(`scheduled.${id}`)}
            hint={hintOf(
              id,
              jobs.find((job) => job.id === id),
            )}
          >
            {(label) => (
              <Select
                {...label}
                w={230}
                allowDeselect={false}
                data={[...new Set([...careSchedules, settings[setting]])].map((text) => ({
                  value: text,
                  label: schedule(text),
                }))}
                value={settings[setting]}
                onChange={(value) => value && onChange({ [setting]: value })}
              />
            )}
          </SettingRow>
        ))}
      </Card>
    </Section>
  )
}
