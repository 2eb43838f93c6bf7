import type { CallInput, CallName, CallOutput, ServerFrame, WireError } from '../../main/contract/index.ts'
import type { Link } from './link.ts'

/** Why a call failed: the error as the engine told it, or `connection-lost` where the link broke before an answer came. */
class CallError extends Error {
  readonly wire: WireError
  constructor(wire: WireError) {
    super(wire.code)
    this.name = 'CallError'
    this.wire = wire
  }
}

/** The error a person may read, whatever was thrown. */
export function wireErrorOf(thrown: unknown): WireError {
  return thrown instanceof CallError ? thrown.wire : { code: 'internal', data: {}, retry: 'never' }
}

export interface CallOptions {
  /** Aborting tells the engine to stop, and rejects with `cancelled`. */
  readonly signal?: AbortSignal
}

export type CallEngine = <N extends CallName>(
  name: N,
  input: CallInput<N>,
  options?: CallOptions,
) => Promise<CallOutput<N>>

export interface Caller {
  readonly callEngine: CallEngine
  /** Takes `reply` and `fail` frames. */
  readonly take: (frame: ServerFrame) => void
  /** The link broke: what was asked gets no answer any more. */
  readonly lose: () => void
}

interface Waiting {
  readonly resolve: (output: never) => void
  readonly reject: (error: CallError) => void
}

/** Turns frames into promises: one number a call, answered once. */
export function createCaller(link: Pick<Link, 'send'>): Caller {
  const waiting = new Map<number, Waiting>()
  let lastId = 0

  const settle = (id: number): Waiting | undefined => {
    const call = waiting.get(id)
    waiting.delete(id)
    return call
  }

  const callEngine: CallEngine = (name, input, options = {}) =>
    new Promise((resolve, reject) => {
      const id = ++lastId
      const { signal } = options
      const cancel = (): void => {
        if (!settle(id)) return
        link.send({ t: 'cancel', id })
        reject(new CallError({ code: 'cancelled', data: {}, retry: 'never' }))
      }
      if (signal?.aborted) {
        return reject(new CallError({ code: 'cancelled', data: {}, retry: 'never' }))
      }
      waiting.set(id, {
        resolve: (output) => {
          signal?.removeEventListener('abort', cancel)
          resolve(output)
        },
        reject,
      })
      signal?.addEventListener('abort', cancel, { once: true })
      link.send({ t: 'call', id, name, input })
    })

  return {
    callEngine,
    take: (frame) => {
      if (frame.t === 'reply') settle(frame.id)?.resolve(frame.output as never)
      else if (frame.t === 'fail') settle(frame.id)?.reject(new CallError(frame.error))
    },
    lose: () => {
      for (const id of [...waiting.keys()]) {
        settle(id)?.reject(new CallError({ code: 'connection-lost', data: {}, retry: 'retry' }))
      }
    },
  }
}
