import type { Clock } from '../../env/clock.ts'
import type { Log } from '../../env/log.ts'
import type { Random } from '../../env/random.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { createPatience, sleep } from '../../storage/again.ts'
import { throwIfCancelled } from '../../storage/cancel.ts'
import type { LogSlots } from './log-slots.ts'

/** What putting a slot needs. */
export interface PutSlotEnv {
  readonly slots: LogSlots
  readonly place: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/**
 * Puts identical bytes until it is known whose the slot is: `mine`, or the bytes of somebody else's. A slot is left only when something stands in it,
 * so that one record can never land in two. `timed-out` when five minutes were not enough; the put may still land.
 */
export async function putSlot(
  env: PutSlotEnv,
  pos: number,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<'mine' | Uint8Array> {
  const { slots, place, clock, log } = env
  const patience = createPatience({ ...env, baseMs: 100, capMs: 60_000, maxElapsedMs: 300_000 })
  for (let tries = 1; ; tries++) {
    throwIfCancelled(signal)
    const outcome = await putOnce(slots, pos, bytes, signal)
    if (outcome !== 'unknown') return outcome
    const waitMs = patience(tries)
    if (waitMs === undefined) throw new EverstowError('timed-out', { data: { place, pos } })
    log.warn('record without answer, trying again', { place, pos, tries })
    await sleep(clock, waitMs, signal)
  }
}

/** One put and, unless it is known to have won, one look. */
async function putOnce(
  slots: LogSlots,
  pos: number,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<'mine' | 'unknown' | Uint8Array> {
  try {
    if ((await slots.create(pos, bytes, signal)) === 'created') return 'mine'
  } catch (cause) {
    rethrowUnlessTransient(cause)
  }
  // Also after `exists`: a layer below may have tried twice, and then it is ours that exists.
  try {
    const there = await slots.get(pos, signal)
    if (!there) return 'unknown'
    return Buffer.from(there).equals(bytes) ? 'mine' : there
  } catch (cause) {
    rethrowUnlessTransient(cause)
    return 'unknown'
  }
}

function rethrowUnlessTransient(cause: unknown): void {
  const error = asEverstowError(cause)
  if (error.retry !== 'retry') throw error
}
