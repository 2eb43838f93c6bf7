import { useDebouncedValue } from '@mantine/hooks'
import type { PlanCondition, SchedulePreview, WireError } from '../../../main/contract/index.ts'
import { useNow } from '../../components/times/use-now.ts'
import { useAnswer } from '../../store/use-answer.ts'

/** When a plan runs, as it is edited. */
export interface When {
  readonly schedule: string
  readonly waitFor: readonly PlanCondition[]
  readonly quietHours: string | undefined
}

/** What the engine says of it. */
export interface ScheduleTrial {
  /** Of what was typed last; undefined until the first answer, and where it is refused. */
  readonly preview: SchedulePreview | undefined
  /** Which part is refused. */
  readonly wrong: 'schedule' | 'quietHours' | undefined
  /** Something else that keeps it from being tried. */
  readonly error: WireError | undefined
  /** What is shown is of what stood there before. */
  readonly isOld: boolean
}

/** Nobody wants an answer for each key. */
const REST_MS = 300

/** Tries a schedule on the engine while it is typed, and once a minute, as times pass. */
export function useScheduleTrial(
  of: { readonly planId?: string | undefined; readonly mirrorId?: string | undefined },
  { schedule, waitFor, quietHours }: When,
  placeIds: readonly string[],
): ScheduleTrial {
  const input = {
    ...(of.planId === undefined ? {} : { planId: of.planId }),
    ...(of.mirrorId === undefined ? {} : { mirrorId: of.mirrorId }),
    schedule,
    waitFor: [...waitFor],
    ...(quietHours === undefined ? {} : { quietHours }),
    placeIds: [...placeIds],
  }
  const text = JSON.stringify(input)
  const [tried] = useDebouncedValue(text, REST_MS)
  const minute = useNow(60_000)
  const { data, error, busy } = useAnswer('schedule.preview', JSON.parse(tried) as typeof input, minute)
  const isOld = busy || tried !== text
  const wrong = error?.code === 'invalid-input' && !isOld ? partOf(error) : undefined
  return {
    preview: error ? undefined : data,
    wrong,
    error: error && error.code !== 'invalid-input' ? error : undefined,
    isOld,
  }
}

function partOf({ data }: WireError): ScheduleTrial['wrong'] {
  return data.field === 'quietHours' ? 'quietHours' : 'schedule'
}
