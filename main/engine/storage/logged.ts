import { finished } from 'node:stream'
import type { Clock } from '../env/clock.ts'
import type { Log, LogFields } from '../env/log.ts'
import { asEverstowError, type EverstowError } from '../model/errors.ts'
import type { ObjectStore } from './object-store.ts'

export interface LogOptions {
  readonly log: Log
  readonly clock: Clock
  /** Fields of every line: which destination this is. */
  readonly fields?: LogFields
}

type Level = 'debug' | 'info'

/** A store that tells of every operation: `info` when it was done, `error` with the code when it failed, `debug` for checks whether something is there. */
export function logged(inner: ObjectStore, { log, clock, fields = {} }: LogOptions): ObjectStore {
  async function told<Result>(
    what: string,
    level: Level,
    about: LogFields,
    act: () => Promise<Result>,
    resultFields: (result: Result) => LogFields = () => ({}),
  ): Promise<Result> {
    const startedMs = clock.monotonicMs()
    const tookMs = () => Math.round(clock.monotonicMs() - startedMs)
    try {
      const result = await act()
      log[level](`${what} done`, { ...fields, ...about, ...resultFields(result), tookMs: tookMs() })
      return result
    } catch (cause) {
      const error = asEverstowError(cause)
      log[failureLevel(error, level)](`${what} failed`, {
        ...fields,
        ...about,
        code: error.code,
        error,
        tookMs: tookMs(),
      })
      throw error
    }
  }

  return {
    kind: inner.kind,
    url: (key) => inner.url(key),
    put: (key, body, options) =>
      told('put', 'info', { key, sizeBytes: body.sizeBytes, purpose: options?.purpose }, () =>
        inner.put(key, body, options),
      ),
    putIfAbsent: (key, bytes, options) =>
      told(
        'put if absent',
        'info',
        { key, sizeBytes: bytes.byteLength, purpose: options?.purpose },
        () => inner.putIfAbsent(key, bytes, options),
        (answer) => ({ answer }),
      ),
    /** Tells of the whole download, when it ended. */
    async get(key, options) {
      const startedMs = clock.monotonicMs()
      const about = { ...fields, key, ...(options?.range ? { range: options.range } : {}) }
      const tookMs = () => Math.round(clock.monotonicMs() - startedMs)
      const fail = (cause: unknown) => {
        const error = asEverstowError(cause)
        // Logs and journals are read until one is missing: that is how their end is found.
        log[failureLevel(error, 'debug')]('get failed', {
          ...about,
          code: error.code,
          error,
          tookMs: tookMs(),
        })
        return error
      }
      const result = await inner.get(key, options).catch((cause) => {
        throw fail(cause)
      })
      finished(result.body, { writable: false }, (cause) => {
        if (!cause) log.info('get done', { ...about, sizeBytes: result.info.sizeBytes, tookMs: tookMs() })
        else if (isGivenUp(cause)) log.debug('get not read to its end', { ...about, tookMs: tookMs() })
        else fail(cause)
      })
      return result
    },
    head: (key, signal) => told('head', 'debug', { key }, () => inner.head(key, signal)),
    exists: (key, signal) =>
      told(
        'exists',
        'debug',
        { key },
        () => inner.exists(key, signal),
        (exists) => ({ exists }),
      ),
    size: (key, signal) => told('size', 'debug', { key }, () => inner.size(key, signal)),
    list: (options) =>
      told(
        'list',
        'info',
        { prefix: options?.prefix },
        () => inner.list(options),
        ({ objects }) => ({ objects: objects.length }),
      ),
    delete: (key, signal) => told('delete', 'info', { key }, () => inner.delete(key, signal)),
    probe: (signal) =>
      told(
        'probe',
        'info',
        {},
        () => inner.probe(signal),
        (capabilities) => ({ capabilities }),
      ),
    close: () => inner.close(),
  }
}

/** That nothing is there is the answer to a check, and being cancelled is nobody's failure. */
/** That nothing is there is an answer, and often the wished one (the end of a log is found so): whoever needed it says that it is wrong. */
function failureLevel(error: EverstowError, level: Level): Level | 'error' {
  if (error.code === 'cancelled') return 'info'
  return error.code === 'object-missing' ? level : 'error'
}

/** The reader destroyed the stream because it had enough. */
function isGivenUp(cause: Error): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE'
}
