import { scrubsOf } from '../../catalogue/proofs.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import { packKey } from '../../repository/format/keys-of-objects.ts'
import type { OpenRepository } from './repositories.ts'

/** How long ago the data at a destination was last known to be right. */
export interface ScrubAge {
  readonly provenSinceMs: number | undefined
  readonly unreadPacks: number
}

/**
 * The age of the pack that was not looked at for the longest time. A pack was compared with its name when it was put, so one that was never read back
 * counts from its session's begin, by the store's clock; one that was read and found bad counts, too: it is told of elsewhere.
 */
export async function scrubAge(
  { database }: Pick<Workspace, 'database'>,
  { destination, log }: Pick<OpenRepository, 'destination' | 'log'>,
  packs: ReadonlyMap<string, { readonly b: number }>,
  signal: AbortSignal,
): Promise<ScrubAge> {
  const readMs = new Map(scrubsOf(database, destination.id).map((row) => [row.objectKey, row.verifiedMs]))
  let provenSinceMs = Number.POSITIVE_INFINITY
  let unreadPacks = 0
  let firstUnread = Number.POSITIVE_INFINITY
  for (const [packId, { b }] of packs) {
    const atMs = readMs.get(packKey(packId, b))
    if (atMs !== undefined) provenSinceMs = Math.min(provenSinceMs, atMs)
    else {
      unreadPacks++
      firstUnread = Math.min(firstUnread, b)
    }
  }
  if (unreadPacks > 0) provenSinceMs = Math.min(provenSinceMs, await log.writtenMs(firstUnread, signal))
  return { provenSinceMs: packs.size === 0 ? undefined : provenSinceMs, unreadPacks }
}
