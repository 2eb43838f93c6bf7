import type { Clock } from '../env/clock.ts'
import { type Random, randomHex } from '../env/random.ts'
import { EverstowError } from '../model/errors.ts'
import { bodyOfBytes } from './body.ts'
import type { ObjectStore } from './object-store.ts'

/** How many conditional writes race for one key. */
const RACERS = 64

export interface ProbeFindings {
  readonly conditionalWrites: boolean
  readonly clockOffsetMs: number
}

/**
 * Really writes, reads, lists and deletes under a fresh `probe/…` folder and lets 64 conditional writes race for one key. Whatever fails is thrown;
 * nothing is left behind. For stores that can do all of it or are broken (local, memory).
 */
export async function probeByUse(
  store: ObjectStore,
  env: { readonly clock: Clock; readonly random: Random },
  signal?: AbortSignal,
): Promise<ProbeFindings> {
  const folder = `probe/${randomHex(env.random, 8)}`
  const plainKey = `${folder}/plain`
  const racedKey = `${folder}/raced`
  try {
    const bytes = env.random.bytes(4096)
    const before = env.clock.now()
    const written = await store.put(plainKey, bodyOfBytes(bytes), { signal })
    const middle = (before + env.clock.now()) / 2
    const read = await Array.fromAsync((await store.get(plainKey, { signal })).body)
    if (!Buffer.concat(read).equals(bytes)) throw refused('read-differs')
    const listed = await store.list({ prefix: `${folder}/`, signal })
    if (!listed.objects.some((object) => object.key === plainKey)) throw refused('not-listed')
    const conditionalWrites = await raceConditionalWrites(store, racedKey, env.random, signal)
    return { conditionalWrites, clockOffsetMs: Math.round(written.modifiedMs - middle) }
  } finally {
    await store.delete(plainKey)
    await store.delete(racedKey)
  }
}

async function raceConditionalWrites(
  store: ObjectStore,
  key: string,
  random: Random,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const racers = Array.from({ length: RACERS }, () => random.bytes(64))
    const answers = await Promise.all(racers.map((bytes) => store.putIfAbsent(key, bytes, { signal })))
    return answers.filter((answer) => answer === 'created').length === 1
  } catch (error) {
    if (error instanceof EverstowError && error.code === 'not-supported') return false
    throw error
  }
}

function refused(reason: string): EverstowError {
  return new EverstowError('place-refused', { data: { reason } })
}
