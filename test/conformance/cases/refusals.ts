import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import type { Body, PutOptions } from '../../../main/engine/storage/object-store.ts'
import {
  type Bench,
  bodyOf,
  bytesOf,
  codeOf,
  contentOf,
  failureOf,
  listAll,
  MIB,
  pieces,
  sha256Of,
  streamCodeOf,
} from '../under-test.ts'

const WRONG_SHA256 = sha256Of(Buffer.from('something else'))
const WRONG_MD5 = 'd41d8cd98f00b204e9800998ecf8427f'

interface Refused {
  readonly what: string
  readonly body: () => Body
  readonly options?: PutOptions
  readonly code?: string
}

const REFUSED: readonly Refused[] = [
  {
    what: 'a small body with another SHA-256',
    body: () => bodyOf('x'),
    options: { sha256: WRONG_SHA256 },
    code: 'checksum-mismatch',
  },
  {
    what: 'a small body with another MD5',
    body: () => bodyOf('x'),
    options: { md5: WRONG_MD5 },
    code: 'checksum-mismatch',
  },
  {
    what: 'an empty body with another SHA-256',
    body: () => bodyOf(''),
    options: { sha256: WRONG_SHA256 },
    code: 'checksum-mismatch',
  },
  {
    what: 'a large body with another SHA-256',
    body: () => bodyOf(bytesOf(12 * MIB)),
    options: { sha256: WRONG_SHA256 },
    code: 'checksum-mismatch',
  },
  {
    what: 'a large body with another MD5',
    body: () => bodyOf(bytesOf(12 * MIB)),
    options: { md5: WRONG_MD5 },
    code: 'checksum-mismatch',
  },
  { what: 'a body shorter than it says', body: () => misstated(bytesOf(5000), 6000) },
  { what: 'a body longer than it says', body: () => misstated(bytesOf(5000), 4000) },
  { what: 'a large body shorter than it says', body: () => misstated(bytesOf(12 * MIB - 5), 12 * MIB) },
  { what: 'a body whose source fails', body: () => failing(9000, 4000) },
  { what: 'a large body whose source fails', body: () => failing(12 * MIB, 7 * MIB) },
]

export function refusalCases(bench: Bench): void {
  it.each(REFUSED)('$what', async ({ body, options, code }) => {
    const store = bench.store()
    const folder = bench.folder()
    const key = `${folder}/object`
    const failure = await failureOf(store.put(key, body(), options))
    if (code) expect(failure.code).toBe(code)
    expect(await store.exists(key)).toBe(false)
    expect(await listAll(store, folder)).toEqual([])
    await store.put(key, bodyOf('good'), { metadata: { is: 'good' } })
    await failureOf(store.put(key, body(), options))
    expect((await contentOf(store, key)).toString()).toBe('good')
    expect((await store.head(key)).metadata).toMatchObject({ is: 'good' })
  })

  it('a conditional put with another SHA-256', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    expect(await codeOf(store.putIfAbsent(key, Buffer.from('x'), { sha256: WRONG_SHA256 }))).toBe(
      'checksum-mismatch',
    )
    expect(await store.exists(key)).toBe(false)
  })

  it('whatever was cancelled before it began', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const signal = AbortSignal.abort()
    expect(await codeOf(store.put(key, bodyOf('x'), { signal }))).toBe('cancelled')
    expect(await codeOf(store.putIfAbsent(key, Buffer.from('x'), { signal }))).toBe('cancelled')
    expect(await codeOf(store.get(key, { signal }))).toBe('cancelled')
    expect(await codeOf(store.head(key, signal))).toBe('cancelled')
    expect(await codeOf(store.list({ signal }))).toBe('cancelled')
    expect(await store.exists(key)).toBe(false)
  })

  it.each([100_000, 12 * MIB])('a put of %i bytes cancelled half-way', async (sizeBytes) => {
    const store = bench.store()
    const folder = bench.folder()
    const key = `${folder}/object`
    const cancel = new AbortController()
    const body = hooked(bytesOf(sizeBytes), sizeBytes / 2, () => cancel.abort())
    expect(await codeOf(store.put(key, body, { signal: cancel.signal }))).toBe('cancelled')
    expect(await store.exists(key)).toBe(false)
    expect(await listAll(store, folder)).toEqual([])
  })

  it('a download cancelled half-way breaks off', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    await store.put(key, bodyOf(bytesOf(8 * MIB)))
    const cancel = new AbortController()
    const { body } = await store.get(key, { signal: cancel.signal })
    const reading = (async () => {
      for await (const _chunk of body) cancel.abort()
    })()
    expect(await streamCodeOf(reading)).toBe('cancelled')
  })
}

/** Gives its bytes in pieces and says they are `sizeBytes`. */
function misstated(bytes: Buffer, sizeBytes: number): Body {
  return {
    sizeBytes,
    open: (range) =>
      Readable.from(pieces(bytes.subarray(range?.start ?? 0, range?.end)), { objectMode: false }),
  }
}

/** Fails for good at a byte, whichever range it is opened at. */
function failing(sizeBytes: number, failsAt: number): Body {
  return hooked(bytesOf(sizeBytes), failsAt, () => {
    throw new EverstowError('io-error', { data: { reason: 'source' } })
  })
}

/** Calls `hook` when a byte is reached. */
function hooked(bytes: Buffer, at: number, hook: () => void): Body {
  return {
    sizeBytes: bytes.byteLength,
    open(range) {
      const start = range?.start ?? 0
      const end = range?.end ?? bytes.byteLength
      return Readable.from(
        (async function* () {
          let given = start
          for (const piece of pieces(bytes.subarray(start, end))) {
            if (given <= at && at < given + piece.byteLength) hook()
            yield piece
            given += piece.byteLength
          }
        })(),
        { objectMode: false },
      )
    },
  }
}
