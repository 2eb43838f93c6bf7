import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { expect } from 'vitest'
import type { Clock } from '../../main/engine/env/clock.ts'
import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { asEverstowError, type ErrorCode, EverstowError } from '../../main/engine/model/errors.ts'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import type {
  Body,
  GetOptions,
  ObjectInfo,
  ObjectStore,
  UploadJournal,
} from '../../main/engine/storage/object-store.ts'

/** One store with what belongs to it. */
export interface StoreUnderTest {
  readonly store: ObjectStore
  /** A second store object on the same place, as another process would have it. */
  readonly reopen?: () => Promise<ObjectStore>
  /** Bodies larger than this go in parts and resume from a journal. */
  readonly resumesAboveBytes?: number
  /** The emulator behind it sorts by UTF-16 where the real service sorts by bytes: no keys are listed in which the two differ. */
  readonly sortsByUtf16?: boolean
  /** Faults strike while the suite runs: what must be tidied up may be left where tidying up failed. */
  readonly disturbed?: boolean
  cleanup(): Promise<void>
}

export type Make = () => Promise<StoreUnderTest>

/** The store of the running suite and a fresh folder of keys in it, so that cases share a place without meeting. */
export interface Bench {
  tested(): StoreUnderTest
  store(): ObjectStore
  folder(): string
}

export const KIB = 1024
export const MIB = 1024 * KIB

const DAY_MS = 86_400_000

/** A probe is some dozen requests and is tried again as a whole: where every eighth request goes wrong, few of its tries are without one. */
export const MANY_TRIES = 60
/** The seed of everything random in the suite: another one each day, the same for all who look at one change. `SEED=… npm test` plays a run again. */
export const SEED = process.env.SEED ?? String(Math.floor(Date.now() / DAY_MS))

/** The same bytes for the same size and label, all of them different from each other. */
export function bytesOf(sizeBytes: number, label: number | string = 0): Buffer {
  const block = Buffer.from(createFakeRandom(`${sizeBytes}/${label}`).bytes(Math.min(sizeBytes, 64 * KIB)))
  const bytes = Buffer.alloc(sizeBytes)
  for (let at = 0; at < sizeBytes; at += block.byteLength) {
    block.copy(bytes, at)
    if (sizeBytes - at >= 8) bytes.writeDoubleBE(at, at)
  }
  return bytes
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

/** Small texts and bytes as a body. */
export function bodyOf(content: string | Uint8Array): Body {
  return bodyOfBytes(typeof content === 'string' ? Buffer.from(content) : content)
}

/** Bytes in pieces such as files and sockets give. */
export function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += 16_384) yield bytes.subarray(at, at + 16_384)
}

export async function readAll(stream: Readable): Promise<Buffer> {
  return Buffer.concat((await Array.fromAsync(stream)) as Buffer[])
}

export async function contentOf(store: ObjectStore, key: string, options?: GetOptions): Promise<Buffer> {
  return readAll((await store.get(key, options)).body)
}

/** The error that a call fails with; it must be one of ours. */
export async function failureOf(work: Promise<unknown>): Promise<EverstowError> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('value' in outcome) throw new Error(`expected a failure, got ${JSON.stringify(outcome.value)}`)
  expect(outcome.error).toBeInstanceOf(EverstowError)
  return outcome.error as EverstowError
}

export async function codeOf(work: Promise<unknown>): Promise<ErrorCode> {
  return (await failureOf(work)).code
}

/** As `codeOf`, for streams: whatever they break with, read as ours. */
export async function streamCodeOf(work: Promise<unknown>): Promise<ErrorCode | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => asEverstowError(error).code,
  )
}

/** All pages of a listing. */
export async function listAll(store: ObjectStore, prefix: string, limit?: number): Promise<ObjectInfo[]> {
  const all: ObjectInfo[] = []
  let cursor: string | undefined
  do {
    const page = await store.list({
      prefix,
      ...(limit === undefined ? {} : { limit }),
      ...(cursor === undefined ? {} : { cursor }),
    })
    if (limit !== undefined) expect(page.objects.length).toBeLessThanOrEqual(limit)
    all.push(...page.objects)
    cursor = page.cursor
  } while (cursor !== undefined)
  return all
}

/** A journal that a crash does not touch. */
export function memoryJournal(): UploadJournal & { token(): string | undefined } {
  let token: string | undefined
  return {
    load: async () => token,
    save: async (next) => {
      token = next
    },
    clear: async () => {
      token = undefined
    },
    token: () => token,
  }
}

/** The real clock, whose sleeps are a hundred times shorter: back-off is tested elsewhere. */
export const hurriedClock: Clock = { ...nodeClock, sleep: (ms, signal) => nodeClock.sleep(ms / 100, signal) }
