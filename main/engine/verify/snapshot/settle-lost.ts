import { asEverstowError } from '../../model/errors.ts'
import { reportFound } from '../../repository/log/snapshot-marks.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { stateOf } from './findings.ts'

/** Tells the log of chunks that were lost and lie in a pack again, after reading them; answers which. */
export async function settleLost(
  { repository }: UpkeepPlace,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { log, index, fetcher } = repository
  const found: string[] = []
  for (const chunk of log.state.lost.keys()) {
    const id = Buffer.from(chunk, 'hex')
    const slot = index.find(id)
    if (slot < 0 || index.blockOf(slot) < 0) continue
    index.setLost(slot, false)
    try {
      await fetcher.chunk(id)
      found.push(chunk)
    } catch (caught) {
      index.setLost(slot, true)
      const error = asEverstowError(caught)
      if (!stateOf(error)) throw error
    }
  }
  await reportFound(log, found, signal)
  return new Set(found)
}
