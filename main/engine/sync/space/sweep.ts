import { hasCode } from '../../model/errors.ts'
import { throwIfCancelled } from '../../storage/cancel.ts'
import type { Batch } from '../operations.ts'
import { type Looked, lookThrough } from './look-through.ts'
import type { OpenSpace, SweepOptions, SweepReport } from './space.ts'
import { spacePackKey } from './space-keys.ts'

/** The journal is told that time has passed at most so often. */
const TELL_TIME_MS = 60 * 60 * 1000

/**
 * Condemns packs in which nothing lies that the tree or the history window needs, packs anew what is in those more than half dead, and deletes what was condemned
 * before. Where something only waits for its age, an empty batch says that time has passed. A space that has lost a pack is left alone.
 */
export async function sweep(space: OpenSpace, options: SweepOptions = {}): Promise<SweepReport> {
  const { dryRun = false } = options
  await space.replica.follow()
  // What was handed over long ago must not pass for an upload that was cut off.
  if (!dryRun && !(await space.tell())) return NOTHING
  const looked = await lookThrough(space, options)
  const condemned = dryRun ? looked.condemn : await packAnew(space, looked, options.signal)
  const report = (isDone: boolean, swept: Looked['remove']): SweepReport => ({
    isDone,
    condemned: isDone ? condemned.map(({ packId }) => packId) : [],
    condemnedBytes: isDone ? bytesOf(condemned) : 0,
    swept: swept.map(({ packId }) => packId),
    sweptBytes: bytesOf(swept),
  })
  if (dryRun) return report(true, looked.remove)

  const swept: Looked['remove'][number][] = []
  for (const pack of looked.remove) {
    throwIfCancelled(options.signal)
    await space.parts.options.store.delete(spacePackKey(space.parts.options.spaceId, pack.packId))
    swept.push(pack)
  }
  const isTold = condemned.length + swept.filter(({ isTold }) => !isTold).length > 0
  const isDone = isTold || isTimeToTell(space, looked) ? await tell(space, condemned, swept) : true
  return report(isDone, swept)
}

const NOTHING: SweepReport = { isDone: false, condemned: [], condemnedBytes: 0, swept: [], sweptBytes: 0 }

const bytesOf = (packs: readonly { readonly sizeBytes: number }[]): number =>
  packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

/** Puts what lives in packs that go into new ones; gives the packs that can go. */
async function packAnew(
  { parts }: OpenSpace,
  { condemn }: Looked,
  signal: AbortSignal | undefined,
): Promise<Looked['condemn']> {
  const { storing, writing } = parts
  const going: Looked['condemn'][number][] = []
  for (const pack of condemn) {
    throwIfCancelled(signal)
    try {
      for (const id of pack.living) await storing.addChunk(id, await writing.chunk(id))
      going.push(pack)
    } catch (error) {
      // What cannot be read stays as it is: it may be read another time, or by others.
      if (!hasCode(error, 'data-damaged') && !hasCode(error, 'object-missing')) throw error
    }
  }
  return going
}

function isTimeToTell({ parts }: OpenSpace, { waits, newestMs }: Looked): boolean {
  return waits && Math.abs(parts.options.env.clock.now() - newestMs) >= TELL_TIME_MS
}

async function tell(
  { parts, replica, journal }: OpenSpace,
  condemned: Looked['condemn'],
  swept: Looked['remove'],
): Promise<boolean> {
  const { random, clock } = parts.options.env
  const stored = await parts.storing.finish()
  const batch: Batch = {
    rid: Buffer.from(random.bytes(16)).toString('hex'),
    ...{ device: parts.options.device, atMs: clock.now(), operations: [] },
    condemn: condemned.map(({ packId }) => packId),
    swept: swept.flatMap(({ packId, isTold }) => (isTold ? [] : packId)),
    ...(stored && { stored }),
  }
  const isDone = await journal.append(replica.head + 1, batch)
  await replica.follow()
  return isDone
}
