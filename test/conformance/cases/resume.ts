import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import type { Body } from '../../../main/engine/storage/object-store.ts'
import {
  type Bench,
  bodyOf,
  bytesOf,
  codeOf,
  contentOf,
  failureOf,
  MIB,
  memoryJournal,
  pieces,
  sha256Of,
} from '../under-test.ts'

export function resumeCases(bench: Bench): void {
  it('an upload goes on in another process where the first one died', async ({ skip }) => {
    const { store, reopen, resumesAboveBytes } = bench.tested()
    if (resumesAboveBytes === undefined || !reopen) return skip()
    const sizeBytes = resumesAboveBytes + 12 * MIB
    const key = `${bench.folder()}/object`
    const bytes = bytesOf(sizeBytes)
    const journal = memoryJournal()
    await dieHalfway(store.put.bind(store), key, bytes, journal)
    expect(await store.exists(key)).toBe(false)
    expect(journal.token()).toBeDefined()

    const second = await reopen()
    const seen: number[] = []
    const options = {
      sha256: sha256Of(bytes),
      journal,
      onProgress: (sentBytes: number) => seen.push(sentBytes),
    }
    await second.put(key, slowBody(bytes), options)
    expect(seen[0]).toBeGreaterThan(0)
    expect(seen.at(-1)).toBe(sizeBytes)
    expect((await contentOf(second, key)).equals(bytes)).toBe(true)
    expect((await second.head(key)).sha256).toBe(sha256Of(bytes))
    expect(journal.token()).toBeUndefined()
    await second.close()
  })

  it('an upload of other content does not go on with the old parts', async ({ skip }) => {
    const { store, resumesAboveBytes } = bench.tested()
    if (resumesAboveBytes === undefined) return skip()
    const sizeBytes = resumesAboveBytes + 12 * MIB
    const key = `${bench.folder()}/object`
    const journal = memoryJournal()
    await dieHalfway(store.put.bind(store), key, bytesOf(sizeBytes, 'old'), journal)
    const bytes = bytesOf(sizeBytes, 'new')
    // Parts of other content may be noticed at once or by the digest at the end; they may never become an object.
    const options = { sha256: sha256Of(bytes), journal }
    const failure = await store.put(key, bodyOf(bytes), options).then(
      () => undefined,
      (error: unknown) => failureOf(Promise.reject(error)),
    )
    if (failure) {
      expect(failure.code).toBe('checksum-mismatch')
      expect(await store.exists(key)).toBe(false)
      await store.put(key, bodyOf(bytes), options)
    }
    expect((await contentOf(store, key)).equals(bytes)).toBe(true)
  })

  it('a journal whose token means nothing is ignored', async () => {
    const store = bench.store()
    const key = `${bench.folder()}/object`
    const journal = memoryJournal()
    await journal.save('a token of long ago')
    const bytes = bytesOf(Math.max(bench.tested().resumesAboveBytes ?? 0, MIB) + MIB)
    await store.put(key, bodyOf(bytes), { journal, sha256: sha256Of(bytes) })
    expect((await contentOf(store, key)).equals(bytes)).toBe(true)
  })
}

/** A process that dies: what it was doing is cut off, the journal stays. */
async function dieHalfway(
  put: (key: string, body: Body, options: object) => Promise<unknown>,
  key: string,
  bytes: Buffer,
  journal: ReturnType<typeof memoryJournal>,
): Promise<void> {
  const death = new AbortController()
  const onProgress = (sentBytes: number) => {
    if (sentBytes > 0 && sentBytes < bytes.byteLength) death.abort()
  }
  const work = put(key, slowBody(bytes), {
    sha256: sha256Of(bytes),
    journal,
    signal: death.signal,
    onProgress,
  })
  expect(await codeOf(work)).toBe('cancelled')
}

/** A body that arrives over time. */
function slowBody(bytes: Buffer): Body {
  async function* give(part: Buffer) {
    yield* pieces(part)
  }
  return {
    sizeBytes: bytes.byteLength,
    open: (range) =>
      Readable.from(give(bytes.subarray(range?.start ?? 0, range?.end)), { objectMode: false }),
  }
}
