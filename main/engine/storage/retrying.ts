import { createAgain, type RetryOptions } from './again.ts'
import type { ObjectStore } from './object-store.ts'
import { resumingBody } from './resuming-body.ts'
import { settledPutIfAbsent } from './settled-put.ts'

/**
 * A store that tries again what failed for a moment (`retry: 'retry'`), with exponential back-off and full jitter
 * (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter), never sooner than the other side asked. A download that breaks goes on where it
 * broke, in the same version of the object; an ambiguous conditional put is settled by reading the key.
 */
export function retrying(inner: ObjectStore, options: RetryOptions): ObjectStore {
  const again = createAgain(options)
  return {
    kind: inner.kind,
    url: (key) => inner.url(key),
    put: (key, body, putOptions = {}) =>
      again('put', () => inner.put(key, body, putOptions), putOptions.signal),
    putIfAbsent: (key, bytes, putOptions = {}) =>
      settledPutIfAbsent(inner, again, options, key, bytes, putOptions),
    get: async (key, getOptions = {}) => {
      const first = await again('get', () => inner.get(key, getOptions), getOptions.signal)
      return { info: first.info, body: resumingBody(inner, again, key, first, getOptions) }
    },
    head: (key, signal) => again('head', () => inner.head(key, signal), signal),
    exists: (key, signal) => again('exists', () => inner.exists(key, signal), signal),
    size: (key, signal) => again('size', () => inner.size(key, signal), signal),
    list: (listOptions = {}) => again('list', () => inner.list(listOptions), listOptions.signal),
    delete: (key, signal) => again('delete', () => inner.delete(key, signal), signal),
    probe: (signal) => again('probe', () => inner.probe(signal), signal),
    close: () => inner.close(),
  }
}
