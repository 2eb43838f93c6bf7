import { EverstowError } from '../../model/errors.ts'
import type { RecordType } from './record-bodies.ts'
import type { State } from './state.ts'

/** Fails where this device must not write behind `state`. */
export function refuseToWrite(state: State, deviceId: string, type: RecordType, place: string): void {
  if (state.damaged) {
    throw new EverstowError('log-damaged', { data: { place, pos: state.alarms.at(-1)?.pos } })
  }
  if (state.devices.get(deviceId)?.removed !== undefined) {
    throw new EverstowError('permission-denied', { data: { place, reason: 'device-removed' } })
  }
  // A new device introduces itself before it takes over.
  const introduces = type === 'device+' || type === 'owner'
  if (state.owner !== undefined && state.owner !== deviceId && !introduces) {
    const device = state.devices.get(state.owner)?.name
    throw new EverstowError('owner-elsewhere', { data: { place, device } })
  }
}
