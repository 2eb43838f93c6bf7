import { buffer } from 'node:stream/consumers'
import { type Random, randomHex } from '../../env/random.ts'
import { asEverstowError, EverstowError, hasCode } from '../../model/errors.ts'
import { bodyOfBytes } from '../body.ts'
import type { Capabilities, ObjectStore } from '../object-store.ts'

/** How many conditional puts race for one key. */
const RACERS = 64

type TriedOut = Pick<Capabilities, 'writes' | 'reads' | 'deletes' | 'conditionalWrites'>
type Tried = Pick<ObjectStore, 'put' | 'putIfAbsent' | 'get' | 'list' | 'delete' | 'exists'>

/**
 * Finds out by doing what a place allows. A missing right is an answer (`false`); anything else (credentials, bucket, network) is thrown.
 * Everything lies under one fresh `probe/` prefix and is deleted again where deleting is allowed.
 */
export async function tryOut(store: Tried, random: Random, signal?: AbortSignal): Promise<TriedOut> {
  const prefix = `probe/${randomHex(random, 8)}`
  const key = `${prefix}/object`
  const content = random.bytes(64)
  const options = signal ? { signal } : {}

  const writes = await allowed(() => store.put(key, bodyOfBytes(content), options))
  if (!writes) {
    const reads = await allowed(() => store.list({ limit: 1, ...options }))
    return { writes, reads, deletes: undefined, conditionalWrites: false }
  }
  try {
    const reads = await allowed(async () => {
      const { body } = await store.get(key, options)
      if (!(await buffer(body)).equals(content))
        throw new EverstowError('checksum-mismatch', { data: { key } })
      const { objects } = await store.list({ prefix: `${prefix}/`, ...options })
      if (!objects.some((object) => object.key === key))
        throw new EverstowError('place-refused', { data: { reason: 'listing-incomplete' } })
    })
    const conditionalWrites = await raceIsFair(store, `${prefix}/race`, random, options)
    const deletes = await allowed(async () => {
      await store.delete(key, signal)
      if (reads && (await store.exists(key, signal)))
        throw new EverstowError('permission-denied', { data: { reason: 'not-deleted' } })
    })
    return { writes, reads, deletes, conditionalWrites }
  } finally {
    await Promise.allSettled([store.delete(key), store.delete(`${prefix}/race`)])
  }
}

/**
 * Exactly one of many conditional puts at once may win, a later one must lose, and the winner's bytes must be those that are there.
 * Racers that a place turned away for the moment (throttled, unavailable) have not won.
 */
async function raceIsFair(
  store: Tried,
  key: string,
  random: Random,
  options: { readonly signal?: AbortSignal },
): Promise<boolean> {
  const contents = Array.from({ length: RACERS }, () => random.bytes(32))
  const attempt = async (content: Uint8Array): Promise<string> => {
    try {
      return await store.putIfAbsent(key, content, options)
    } catch (error) {
      const { retry, code } = asEverstowError(error)
      if (code === 'not-supported') return code
      if (retry === 'retry') return 'ambiguous'
      throw error
    }
  }
  const answers = await Promise.all(contents.map(attempt))
  if (answers.includes('not-supported')) return false
  const winners = contents.filter((_, index) => answers[index] === 'created')
  if (winners.length > 1) return false
  if ((await attempt(random.bytes(32))) === 'created') return false
  try {
    const { body } = await store.get(key, options)
    const there = await buffer(body)
    return winners.length === 1
      ? there.equals(winners[0]!)
      : contents.some((content) => there.equals(content))
  } catch (error) {
    // Without the right to read, the count of winners is all there is to go by.
    if (hasCode(error, 'permission-denied')) return winners.length === 1
    if (hasCode(error, 'object-missing')) return false
    throw error
  }
}

async function allowed(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (hasCode(error, 'permission-denied') || hasCode(error, 'read-only')) return false
    throw error
  }
}
