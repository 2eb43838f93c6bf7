import { Fieldset, Stack } from '@mantine/core'
import { useState } from 'react'
import { type ScheduleKind, scheduleKinds } from '../../words/schedule-form.ts'
import { useWords } from '../../words/use-words.ts'
import { NextRuns } from '../schedule/next-runs.tsx'
import { ScheduleEditor } from '../schedule/schedule-editor.tsx'
import { type ScheduleTrial, useScheduleTrial } from '../schedule/use-schedule-trial.ts'

/** A schedule as it is edited, and what the engine says of it. */
export interface Rhythm {
  readonly value: string
  readonly set: (schedule: string) => void
  readonly trial: ScheduleTrial
}

/** A mirror goes by the clock. */
const offered: readonly ScheduleKind[] = scheduleKinds.filter(
  (kind) => kind !== 'change' && kind !== 'connect',
)

export function useRhythm(start: string, of: { readonly mirrorId?: string }): Rhythm {
  const [value, set] = useState(start)
  const trial = useScheduleTrial(of, { schedule: value, waitFor: [], quietHours: undefined }, [])
  return { value, set, trial }
}

/** When a mirror runs: how often, and the times that come of it. */
export function RhythmField({
  rhythm: { value, set, trial },
  isTried,
}: {
  rhythm: Rhythm
  isTried: boolean
}) {
  const { t } = useWords()
  return (
    <Fieldset legend={t('schedule.title')} data-testid="mirror-when">
      <Stack gap="md">
        <ScheduleEditor
          value={value}
          isWrong={isTried && trial.wrong === 'schedule'}
          onChange={set}
          offered={offered}
        />
        <NextRuns trial={trial} />
      </Stack>
    </Fieldset>
  )
}
