import { Fieldset, Stack } from '@mantine/core'
import type { Ref } from 'react'
import type { PlanCondition } from '../../../main/contract/index.ts'
import { HoldBack } from '../../components/hold-back.tsx'
import { useWords } from '../../words/use-words.ts'
import { NextRuns } from './next-runs.tsx'
import styles from './schedule.module.css'
import { ScheduleEditor } from './schedule-editor.tsx'
import type { ScheduleTrial, When } from './use-schedule-trial.ts'

const OFFERED = ['mains', 'unmetered', 'online', 'reachable'] as const satisfies readonly PlanCondition[]

/** When a plan runs: how often, what holds it back, and the times that come of it. `ref` takes the focus where something is wrong. */
export function WhenFields({
  value,
  onChange,
  trial,
  ref,
}: {
  value: When
  onChange: (when: When) => void
  trial: ScheduleTrial
  ref: Ref<HTMLFieldSetElement>
}) {
  const { t } = useWords()
  return (
    <Fieldset
      legend={t('schedule.title')}
      ref={ref}
      tabIndex={-1}
      classNames={{ legend: styles.legend ?? '' }}
      data-testid="when"
    >
      <Stack gap="md">
        <ScheduleEditor
          value={value.schedule}
          isWrong={trial.wrong === 'schedule'}
          onChange={(schedule) => onChange({ ...value, schedule })}
        />
        {(value.schedule !== 'manual' || trial.wrong === 'quietHours') && (
          <HoldBack
            label={t('plans.waitFor')}
            hint={t('plans.waitForHint')}
            offered={OFFERED}
            waitFor={value.waitFor}
            quietHours={value.quietHours}
            states={trial.preview?.conditions}
            isQuietWrong={trial.wrong === 'quietHours'}
            onWaitFor={(waitFor) => onChange({ ...value, waitFor })}
            onQuietHours={(quietHours) => onChange({ ...value, quietHours })}
          />
        )}
        <NextRuns trial={trial} />
      </Stack>
    </Fieldset>
  )
}
