import { pipeline, type Readable, Transform } from 'node:stream'
import type { Clock } from '../env/clock.ts'
import type { Random } from '../env/random.ts'
import { type ErrorCode, EverstowError } from '../model/errors.ts'
import type { Body, ObjectStore } from './object-store.ts'

export type StoreOperation = 'put' | 'putIfAbsent' | 'get' | 'head' | 'exists' | 'size' | 'list' | 'delete'

/**
 * `before`: the call fails and did nothing. `after`: it did its work and the answer is lost. `cut`: the body breaks off, up or down, with an error.
 * `short`: a download just ends early. `flipped`: one bit of a download is wrong. `slow`: it takes a while.
 */
export type Fault = 'before' | 'after' | 'cut' | 'short' | 'flipped' | 'slow'

export interface FaultRates {
  /** Probability of each fault per call where it can happen, 0 to 1. */
  readonly rates: Readonly<Partial<Record<Fault, number>>>
  /** Longest delay of `slow`. Default 50 ms. */
  readonly slowMs?: number
}

/** Steers the faults of a store while it is in use. */
export interface Faults {
  /** The next calls of this operation meet these faults, one each, before chance has its turn again. */
  script(operation: StoreOperation, ...faults: readonly (Fault | 'none')[]): void
  /** Turns chance off and on; scripted faults still come. */
  pause(): void
  resume(): void
  /** Faults so far. */
  count(): number
}

const TRANSIENT: readonly ErrorCode[] = ['place-unavailable', 'throttled', 'connection-lost', 'timed-out']

/** A store that fails as real ones do, by chance of a seed or by script. For tests and simulations. */
export function faulty(
  inner: ObjectStore,
  { rates, slowMs = 50 }: FaultRates,
  env: { readonly clock: Clock; readonly random: Random },
): { readonly store: ObjectStore; readonly faults: Faults } {
  const { clock, random } = env
  const scripts = new Map<StoreOperation, (Fault | 'none')[]>()
  let paused = false
  let count = 0

  function draw(operation: StoreOperation): Fault | 'none' {
    const scripted = scripts.get(operation)?.shift()
    const drawn = scripted ?? (paused ? 'none' : byChance(operation))
    if (drawn !== 'none') count += 1
    return drawn
  }

  function byChance(operation: StoreOperation): Fault | 'none' {
    for (const fault of possibleFaults(operation)) {
      const rate = rates[fault] ?? 0
      if (rate > 0 && random.float() < rate) return fault
    }
    return 'none'
  }

  function transient(): EverstowError {
    const code = TRANSIENT[Math.floor(random.float() * TRANSIENT.length)] ?? 'place-unavailable'
    return new EverstowError(code, { data: { injected: true } })
  }

  async function under<Result>(operation: StoreOperation, act: (fault: Fault | 'none') => Promise<Result>) {
    const fault = draw(operation)
    if (fault === 'before') throw transient()
    if (fault === 'slow') await clock.sleep(random.float() * slowMs)
    const result = await act(fault)
    if (fault === 'after') throw transient()
    return result
  }

  const store: ObjectStore = {
    kind: inner.kind,
    url: (key) => inner.url(key),
    put: (key, body, options) =>
      under('put', (fault) =>
        inner.put(key, fault === 'cut' ? cutBody(body, random, transient()) : body, options),
      ),
    putIfAbsent: (key, bytes, options) => under('putIfAbsent', () => inner.putIfAbsent(key, bytes, options)),
    get: (key, options) =>
      under('get', async (fault) => {
        const { info, body } = await inner.get(key, options)
        const spoilt = fault === 'cut' || fault === 'short' || fault === 'flipped'
        const sizeBytes = options?.range
          ? Math.min(options.range.end, info.sizeBytes) - options.range.start
          : info.sizeBytes
        const at = Math.floor(random.float() * sizeBytes)
        return { info, body: spoilt ? spoil(body, fault, at, transient()) : body }
      }),
    head: (key, signal) => under('head', () => inner.head(key, signal)),
    exists: (key, signal) => under('exists', () => inner.exists(key, signal)),
    size: (key, signal) => under('size', () => inner.size(key, signal)),
    list: (options) => under('list', () => inner.list(options)),
    delete: (key, signal) => under('delete', () => inner.delete(key, signal)),
    probe: (signal) => inner.probe(signal),
    close: () => inner.close(),
  }
  const faults: Faults = {
    script: (operation, ...next) => {
      scripts.set(operation, [...(scripts.get(operation) ?? []), ...next])
    },
    pause: () => {
      paused = true
    },
    resume: () => {
      paused = false
    },
    count: () => count,
  }
  return { store, faults }
}

function possibleFaults(operation: StoreOperation): readonly Fault[] {
  if (operation === 'get') return ['before', 'cut', 'short', 'flipped', 'slow']
  return operation === 'put' ? ['before', 'after', 'cut', 'slow'] : ['before', 'after', 'slow']
}

function cutBody(body: Body, random: Random, error: EverstowError): Body {
  const at = Math.floor(random.float() * body.sizeBytes)
  return {
    sizeBytes: body.sizeBytes,
    open(range) {
      const start = range?.start ?? 0
      return spoil(body.open(range), 'cut', Math.max(0, at - start), error)
    },
  }
}

/** Passes on `at` bytes and then does its worst. */
function spoil(
  source: Readable,
  how: 'cut' | 'short' | 'flipped',
  at: number,
  error: EverstowError,
): Readable {
  let passed = 0
  const gate = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const start = passed
      passed += chunk.byteLength
      if (start > at || at >= passed) {
        done(null, how === 'short' && start > at ? undefined : chunk)
      } else if (how === 'flipped') {
        const flipped = Buffer.from(chunk)
        flipped.writeUInt8(flipped.readUInt8(at - start) ^ 1, at - start)
        done(null, flipped)
      } else if (how === 'short') {
        done(null, chunk.subarray(0, at - start))
      } else {
        this.push(chunk.subarray(0, at - start))
        done(error)
      }
    },
  })
  return pipeline(source, gate, () => {
    // The gate carries the error to its reader.
  })
}
