import type { SweepReport } from '../space/space.ts'
import type { OpenFolder } from './open-folder.ts'

/** What tidying a space came to. */
export interface SpaceTidy {
  /** Packs that are deleted, or would be. */
  readonly packs: number
  readonly bytes: number
  /** Packs that are given up; they are deleted when no device can be reading them any more. */
  readonly leavingPacks: number
  readonly leavingBytes: number
}

export interface TidyOptions {
  /** Only says what would be done. */
  readonly dryRun?: boolean
  readonly signal: AbortSignal
}

/** Another device that writes at the same moment comes first; so often it is tried again. */
const TRIES = 3

/** Removes from the space what no version needs any more, and old versions from the folder. */
export async function tidySpace(
  { disk, space }: OpenFolder,
  { dryRun = false, signal }: TidyOptions,
): Promise<SpaceTidy> {
  if (!dryRun) disk.tidyVersions()
  const reports: SweepReport[] = []
  while (reports.length < TRIES && !reports.at(-1)?.isDone)
    reports.push(await space.sweep({ dryRun, signal }))
  // What was deleted by a sweep that came second is deleted all the same, and by the next one once more.
  const swept = new Set(reports.flatMap((each) => each.swept))
  const { condemned = [], condemnedBytes = 0 } = reports.at(-1) ?? {}
  return {
    packs: swept.size,
    bytes: Math.max(...reports.map(({ sweptBytes }) => sweptBytes)),
    leavingPacks: condemned.length,
    leavingBytes: condemnedBytes,
  }
}

/** So many batches are looked through at most. */
const MOST_BATCHES = 200

/** Whether some device swept the space, by the place's clock, less than so long ago. */
export async function isSweptLately(
  { space }: OpenFolder,
  withinMs: number,
  nowMs: number,
): Promise<boolean> {
  await space.replica.follow()
  let looked = 0
  for await (const { slot, batch } of space.history()) {
    if (batch.condemn || batch.swept) {
      const agoMs = nowMs - (await space.parts.slots.writtenMs(slot))
      return agoMs >= 0 && agoMs < withinMs
    }
    if (++looked === MOST_BATCHES) return false
  }
  return false
}
