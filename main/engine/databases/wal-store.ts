import { EverstowError, hasCode } from '../model/errors.ts'
import type { RepoKeys } from '../repository/crypto/repo-keys.ts'
import {
  besideOf,
  openWal,
  openWalHead,
  USUAL_HEAD_BYTES,
  type WalHead,
  walHeadBytes,
} from '../repository/format/wal-object.ts'
import { readSmallObject } from '../repository/log/log-home.ts'
import { bodyOfBytes } from '../storage/body.ts'
import { MAX_CONDITIONAL_BYTES } from '../storage/limits.ts'
import type { ObjectStore } from '../storage/object-store.ts'

/** An object of the log in one destination. */
interface At {
  readonly store: ObjectStore
  readonly keys: RepoKeys
  readonly signal?: AbortSignal
}

const LARGEST_STORED_BYTES = 1100 * 1024 * 1024

/**
 * Stores a sealed object where nothing lies under its key. The same content there already is as good (`same`); another content is never replaced (`wal-differs`);
 * bytes that are no longer an object of ours are. When this returns, the destination has it for good.
 */
export async function putWal(at: At, key: string, bytes: Uint8Array): Promise<'stored' | 'same'> {
  const { store, signal } = at
  const { head, object } = await putBeside(at, key, bytes)
  const put = putOptions(signal)
  const answer = await store.putIfAbsent(key, object, put).catch((error: unknown) => {
    // A store that cannot promise one winner: a cluster has one archiver, so looking first is all that is needed.
    if (hasCode(error, 'not-supported')) return 'exists' as const
    throw error
  })
  if (answer === 'created') return 'stored'
  const there = await readWalHead(at, key).catch((error: unknown) => {
    if (hasCode(error, 'data-damaged')) return undefined
    throw error
  })
  if (there && there.contentId !== head.contentId)
    throw new EverstowError('wal-differs', { data: { name: nameOf(key) } })
  if (there) return 'same'
  await store.put(key, bodyOfBytes(object), put)
  return 'stored'
}

/** Stores a sealed object whatever lies under its key: for what is known to be no good any more. */
export async function replaceWal(at: At, key: string, bytes: Uint8Array): Promise<void> {
  const { object } = await putBeside(at, key, bytes)
  await at.store.put(key, bodyOfBytes(object), putOptions(at.signal))
}

/** Content that lies beside goes first: whoever sees the head finds it. Gives what goes under the key itself. */
async function putBeside(
  { store, keys, signal }: At,
  key: string,
  bytes: Uint8Array,
): Promise<{ readonly head: WalHead; readonly object: Uint8Array }> {
  const head = openWalHead(keys, key, bytes)
  const beside = besideOf(key, head)
  if (beside === undefined) return { head, object: bytes }
  const headEnd = walHeadBytes(bytes)
  await store.put(beside, bodyOfBytes(bytes.subarray(headEnd)), {
    ...putOptions(signal),
    sha256: head.beside,
  })
  return { head, object: bytes.subarray(0, headEnd) }
}

const putOptions = (signal: AbortSignal | undefined) =>
  ({ purpose: 'data', ...(signal ? { signal } : {}) }) as const

/** The head of an object; undefined where there is none. */
export async function readWalHead({ store, keys, signal }: At, key: string): Promise<WalHead | undefined> {
  const first = await readStart(store, key, USUAL_HEAD_BYTES, signal)
  if (!first) return undefined
  const wanted = walHeadBytes(first)
  const start = wanted <= first.length ? first : await readStart(store, key, wanted, signal)
  return start && openWalHead(keys, key, start)
}

/** The file of an object; undefined where there is none. Throws `data-damaged` naming it. */
export async function readWal(at: At, key: string): Promise<Uint8Array | undefined> {
  return (await readWholeWal(at, key))?.content
}

/** An object of which every byte is right, as it was sealed, and its file; undefined where there is none. Throws `data-damaged` naming it. */
export async function readWholeWal(
  { store, keys, signal }: At,
  key: string,
): Promise<{ readonly bytes: Uint8Array; readonly head: WalHead; readonly content: Uint8Array } | undefined> {
  const object = await readSmallObject(store, key, LARGEST_STORED_BYTES, signal)
  if (!object) return undefined
  try {
    const beside = besideOf(key, openWalHead(keys, key, object))
    const body =
      beside === undefined ? undefined : await readSmallObject(store, beside, LARGEST_STORED_BYTES, signal)
    const bytes = body ? Buffer.concat([object, body]) : object
    return { bytes, ...openWal(keys, key, bytes) }
  } catch (error) {
    if (!hasCode(error, 'data-damaged')) throw error
    throw new EverstowError('data-damaged', { data: { ...error.data, what: nameOf(key) }, cause: error })
  }
}

async function readStart(
  store: ObjectStore,
  key: string,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  try {
    const range = { start: 0, end: bytes }
    const { body } = await store.get(key, { range, ...(signal ? { signal } : {}) })
    return Buffer.concat((await Array.fromAsync(body)) as Buffer[])
  } catch (error) {
    if (hasCode(error, 'object-missing')) return undefined
    // Of an empty object no byte can be asked for.
    if (hasCode(error, 'invalid-input')) return new Uint8Array()
    throw error
  }
}

/** What an object may weigh before its content lies beside it. */
export const MOST_INLINE_BYTES = MAX_CONDITIONAL_BYTES

/** The name of the file that lies under a key. */
export function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}
