import type { Random } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import type { RepoKeys } from '../../repository/crypto/repo-keys.ts'
import { damaged } from '../../repository/format/damaged.ts'
import type { LogSlots } from '../../repository/log/log-slots.ts'
import { readNewSlots } from '../../repository/log/read-ahead.ts'
import type { Journal } from '../ports.ts'
import { NO_SLOT, openSlot, sealSlot } from './batch-format.ts'
import { hashOfSlot } from './sealed.ts'

export interface JournalOptions {
  readonly slots: LogSlots
  readonly keys: RepoKeys
  readonly spaceId: string
  readonly random: Random
  /** The place's id, for errors. */
  readonly place: string
  /** The last slot that this device knows, and the hash of its bytes. */
  readonly known: { readonly slot: number; readonly hash: string }
  /** Takes note of slots that were read and are sound. */
  readonly onSlots: (first: number, bytes: readonly Uint8Array[]) => Promise<void> | void
}

/** A journal that says where it is. */
export interface SpaceJournal extends Journal {
  /** The last slot that was read, and its hash. */
  readonly known: { readonly slot: number; readonly hash: string }
}

/**
 * The journal of a space in its slots. What it reads is chained: each batch names the bytes of the one before. `rollback-detected` when the place no longer has the
 * last slot that is known here, or another one in its place; `data-damaged` for a slot that no device with the keys wrote there.
 */
export function createJournal(options: JournalOptions): SpaceJournal {
  const { slots, keys, spaceId, random, place, onSlots } = options
  let known = options.known
  let isCompared = known.slot === 0

  /** Once, before anything the place says is believed. */
  async function compare(): Promise<void> {
    if (isCompared) return
    const there = await slots.get(known.slot)
    if (!there || hashOfSlot(there) !== known.hash)
      throw new EverstowError('rollback-detected', {
        data: { place, pos: known.slot, reason: there ? 'other' : 'gone' },
      })
    isCompared = true
  }
  async function hashBefore(from: number): Promise<string> {
    if (from === 1) return NO_SLOT
    if (from === known.slot + 1) return known.hash
    const before = await slots.get(from - 1)
    if (!before)
      throw new EverstowError('rollback-detected', { data: { place, pos: from - 1, reason: 'gone' } })
    return hashOfSlot(before)
  }

  return {
    get known() {
      return known
    },
    async read(from, take) {
      await compare()
      let first = from
      for (let more = true; more; ) {
        let previous = await hashBefore(first)
        const window = await readNewSlots(slots, first, place)
        for (const [at, bytes] of window.found.entries()) {
          const slot = first + at
          const opened = openSlot(keys, spaceId, slot, bytes)
          if (opened.previous !== previous) throw damaged('sync-slot', 'chain')
          previous = hashOfSlot(bytes)
          if (slot > known.slot) known = { slot, hash: previous }
          take(opened.batch, slot)
        }
        if (window.found.length > 0) await onSlots(first, window.found)
        first += window.found.length
        more = window.more
      }
    },
    async append(slot, batch) {
      await compare()
      const previous = await hashBefore(slot)
      const bytes = sealSlot(keys, { spaceId, slot, previous }, batch, random)
      const answer = await slots.create(slot, bytes)
      if (answer === 'created') return true
      // Also after `exists`: a layer below may have tried twice, and then it is ours that exists.
      const there = await slots.get(slot)
      if (there) return Buffer.from(there).equals(bytes)
      throw new EverstowError('timed-out', { data: { place, pos: slot } })
    },
  }
}
