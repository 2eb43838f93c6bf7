import { Readable, Writable } from 'node:stream'
import { EverstowError, hasCode } from '../model/errors.ts'
import { downloadTo } from '../storage/download.ts'
import type { Body, ObjectInfo, ObjectStore } from '../storage/object-store.ts'
import { fileKey, versionKey } from './names.ts'

/**
 * Copies the object of a path among its versions and gives the version's key. Stores have no copy of their own: it is read and written once more, and
 * read twice where nobody knows its hash. `changed-since` where it is not the version that was expected any more.
 */
export async function setAside(
  { store, prefix, nowMs }: { readonly store: ObjectStore; readonly prefix: string; readonly nowMs: number },
  path: string,
  expected: { readonly etag: string | undefined; readonly info?: ObjectInfo },
  signal: AbortSignal,
): Promise<string> {
  const from = fileKey(prefix, path)
  try {
    const info = expected.info ?? (await store.head(from, signal))
    if (expected.etag !== undefined && bare(info.etag) !== bare(expected.etag))
      throw new EverstowError('changed-since', { data: { path } })
    const sha256 = info.sha256 ?? (await hashOf(store, info, signal))
    const key = versionKey(prefix, path, nowMs, sha256)
    const { metadata = {} } = info
    await store.put(key, bodyOfObject(store, info, signal), { sha256, metadata, signal, purpose: 'data' })
    return key
  } catch (error) {
    if (hasCode(error, 'precondition-failed') || hasCode(error, 'object-missing'))
      throw new EverstowError('changed-since', { data: { path }, cause: error })
    throw error
  }
}

const bare = (etag: string | undefined): string | undefined => etag?.replace(/^(W\/)?"|"$/g, '')

async function hashOf(store: ObjectStore, info: ObjectInfo, signal: AbortSignal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  return (await downloadTo(store, info.key, nowhere, { sizeBytes: info.sizeBytes, signal })).sha256
}

/** An object as the body of another. */
function bodyOfObject(store: ObjectStore, { key, etag, sizeBytes }: ObjectInfo, signal: AbortSignal): Body {
  async function* read(range: { start: number; end: number } | undefined): AsyncGenerator<Buffer> {
    if (sizeBytes === 0 || (range && range.end <= range.start)) return
    const options = { signal, ...(range && { range }), ...(etag !== undefined && { ifMatch: etag }) }
    const { body } = await store.get(key, options)
    for await (const chunk of body) yield chunk as Buffer
  }
  return { sizeBytes, open: (range) => Readable.from(read(range), { objectMode: false }) }
}
