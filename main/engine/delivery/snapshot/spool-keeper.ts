import type { FinishedPack } from './session-folder.ts'

/** Keeps what a running session has in the spool within its limit. */
export interface SpoolKeeper {
  /** One 32-bit word: not 0 while no new pack may be begun. */
  readonly gate: SharedArrayBuffer
  /** A pack was finished. */
  finished(pack: FinishedPack): void
  /** A destination has a pack. */
  stored(destinationId: string, packId: string): void
  /** A destination is given up for now: it is brought the snapshot later, from another. */
  left(destinationId: string): void
}

/** What a keeper works with. */
export interface SpoolKeeperOptions {
  readonly limitBytes: number
  readonly destinationIds: readonly string[]
  /** Removes the file of a pack. */
  readonly remove: (packId: string) => void
  /** The spool is full and no destination takes anything: the backup cannot go on. */
  readonly onStuck: () => void
}

/**
 * Back-pressure: when more waits than may, packs go that every destination still in play has, at least one; when that is not enough, no new pack is begun
 * until one of them is. A pack that no destination has is never removed.
 */
export function createSpoolKeeper(options: SpoolKeeperOptions): SpoolKeeper {
  const { limitBytes, remove, onStuck } = options
  const inPlay = new Set(options.destinationIds)
  const waiting = new Map<string, { readonly sizeBytes: number; readonly at: Set<string> }>()
  const gate = new SharedArrayBuffer(4)
  const word = new Int32Array(gate)
  let bytes = 0

  function settle(): void {
    if (bytes > limitBytes)
      for (const [packId, { sizeBytes, at }] of waiting) {
        if (bytes <= limitBytes) break
        if (at.size === 0 || ![...inPlay].every((id) => at.has(id))) continue
        waiting.delete(packId)
        bytes -= sizeBytes
        remove(packId)
      }
    const isFull = bytes > limitBytes
    Atomics.store(word, 0, isFull ? 1 : 0)
    if (!isFull) Atomics.notify(word, 0)
    else if (inPlay.size === 0) onStuck()
  }

  return {
    gate,
    finished({ packId, sizeBytes }) {
      waiting.set(packId, { sizeBytes, at: new Set() })
      bytes += sizeBytes
      settle()
    },
    stored(destinationId, packId) {
      waiting.get(packId)?.at.add(destinationId)
      settle()
    },
    left(destinationId) {
      inPlay.delete(destinationId)
      settle()
    },
  }
}
