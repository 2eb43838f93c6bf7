import { pipeline, type Readable, Transform } from 'node:stream'
import type { Body, ObjectStore } from './object-store.ts'

/** The classes that providers charge by. */
export type RequestClass = 'read' | 'write' | 'list' | 'delete'

export interface RequestTotals {
  /** Calls of the store; a large upload counts as one, whatever parts it goes in. */
  readonly requests: number
  /** Bytes of bodies that really moved, also for calls that failed in the end. */
  readonly bytes: number
}

export type MeterSnapshot = Readonly<Record<RequestClass, RequestTotals>>

/** Counts what goes through a store since it was opened. */
export interface Meter {
  snapshot(): MeterSnapshot
}

/** A store that counts, and its meter. Put it where every try is seen (inside `retrying`). */
export function metered(inner: ObjectStore): { readonly store: ObjectStore; readonly meter: Meter } {
  const totals: Record<RequestClass, { requests: number; bytes: number }> = {
    read: { requests: 0, bytes: 0 },
    write: { requests: 0, bytes: 0 },
    list: { requests: 0, bytes: 0 },
    delete: { requests: 0, bytes: 0 },
  }
  function count<Result>(kind: RequestClass, result: Result): Result {
    totals[kind].requests += 1
    return result
  }
  function countBytes(kind: RequestClass, stream: Readable): Readable {
    const counter = new Transform({
      highWaterMark: 256 * 1024,
      transform(chunk: Buffer, _encoding, done) {
        totals[kind].bytes += chunk.byteLength
        done(null, chunk)
      },
    })
    return pipeline(stream, counter, () => {
      // The counter carries the error to its reader.
    })
  }
  function countedBody(body: Body): Body {
    const { readInto } = body
    const open: Body['open'] = (range) => countBytes('write', body.open(range))
    if (!readInto) return { ...body, open }
    return {
      ...body,
      open,
      async readInto(into, start) {
        const count = await readInto(into, start)
        totals.write.bytes += count
        return count
      },
    }
  }
  const store: ObjectStore = {
    kind: inner.kind,
    url: (key) => inner.url(key),
    put: (key, body, options) => count('write', inner.put(key, countedBody(body), options)),
    putIfAbsent(key, bytes, options) {
      totals.write.bytes += bytes.byteLength
      return count('write', inner.putIfAbsent(key, bytes, options))
    },
    async get(key, options) {
      const { info, body } = await count('read', inner.get(key, options))
      return { info, body: countBytes('read', body) }
    },
    head: (key, signal) => count('read', inner.head(key, signal)),
    exists: (key, signal) => count('read', inner.exists(key, signal)),
    size: (key, signal) => count('read', inner.size(key, signal)),
    list: (options) => count('list', inner.list(options)),
    delete: (key, signal) => count('delete', inner.delete(key, signal)),
    probe: (signal) => inner.probe(signal),
    close: () => inner.close(),
  }
  const meter: Meter = {
    snapshot: () => ({
      read: { ...totals.read },
      write: { ...totals.write },
      list: { ...totals.list },
      delete: { ...totals.delete },
    }),
  }
  return { store, meter }
}
