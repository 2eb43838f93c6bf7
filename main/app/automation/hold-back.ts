import type { Clock, HoldBack } from '../../engine/engine.ts'
import { conditionState, quietUntilMs } from '../../engine/model/schedule/conditions.ts'
import type { AppContext } from '../app-context.ts'

/** Holds copies back where their place says so: at its quiet hours, and while what it waits for does not hold. */
export function holdBackPolicy(lookAround: AppContext['lookAround'], clock: Clock): HoldBack {
  return async ({ quietHours, waitFor = [] }) => {
    const untilMs = quietHours === undefined ? undefined : quietUntilMs(quietHours, clock.now())
    if (untilMs !== undefined) return { reason: 'quiet', untilMs }
    if (waitFor.length === 0) return undefined
    const around = await lookAround()
    const unmet = waitFor.find((condition) => conditionState(condition, around) === 'unmet')
    return unmet && { reason: unmet }
  }
}
