import type { DeviceIdentity } from '../keys/device-identity.ts'
import type { CommitLog } from './commit-log.ts'

/**
 * Makes this device the only writer of a destination without conditional writes. A person decides this, and that the former owner is stopped: two
 * owners at once could write over each other, which only the rollback alarm would tell.
 */
export async function takeOver(log: CommitLog, device: DeviceIdentity, signal?: AbortSignal): Promise<void> {
  await log.refresh(signal)
  await log.append(
    'owner',
    { device: device.id },
    {
      precheck: ({ owner }) => (owner === undefined || owner === device.id ? 'stop' : undefined),
      signal,
    },
  )
}
