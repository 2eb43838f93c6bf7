import type { LogCheck } from '../../contract/index.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import type { AppContext } from '../app-context.ts'
import type { RunControl } from '../state/runs.ts'
import { storedToWire } from '../wire/wire-error.ts'
import { placeNames } from './snapshot-work.ts'

/** Reads the logs of protected databases back from their places. */
export async function checkLogs(
  app: AppContext,
  control: RunControl,
  order: { readonly destinationId?: string; readonly percent: number; readonly heal: boolean },
): Promise<LogCheck[]> {
  const nameOf = await placeNames(app)
  let bytes = 0
  const checks = await app.engine.databases.check({
    ...order,
    signal: control.signal,
    onBytes: (count) => {
      bytes += count
      control.update({ bytes, bytesTotal: undefined })
    },
  })
  return checks.map(({ database, destinationId, objects, storedBytes, damaged, healed, lost, error }) => ({
    databaseId: database.id,
    databaseName: database.name,
    placeId: destinationId,
    placeName: nameOf(destinationId),
    files: objects,
    bytes: storedBytes,
    damaged: [...damaged],
    healed,
    lost: [...lost],
    ...(error ? { error: storedToWire(storedErrorOf(error)) } : {}),
  }))
}

/** Whether a place has the log as it was stored, perhaps after healing. */
export function isLogGood({ damaged, healed, error }: LogCheck): boolean {
  return !error && healed >= damaged.length
}
