import type { InProcessClient } from '../../app/in-process-client.ts'
import type { CallInput, CallName, CallOutput } from '../../contract/index.ts'
import { EverstowError } from '../../engine/model/errors.ts'

/** Every method that waits takes a signal; when it fires the method rejects with `cancelled`, and what it started ends. */
export interface Cancellable {
  readonly signal?: AbortSignal | undefined
}

/** Makes a call of the contract. */
export type Caller = <N extends CallName>(
  name: N,
  input: CallInput<N>,
  signal?: AbortSignal,
) => Promise<CallOutput<N>>

/** Calls that end with `cancelled` as soon as their signal fires, whether or not the work behind them has noticed. */
export function cancellableCalls(client: InProcessClient): Caller {
  return async (name, input, signal) => {
    if (!signal) return client.call(name, input)
    throwIfAborted(signal)
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const give = () => reject(new EverstowError('cancelled'))
    signal.addEventListener('abort', give, { once: true })
    try {
      return await Promise.race([client.call(name, input, signal), aborted])
    } finally {
      signal.removeEventListener('abort', give)
    }
  }
}

/** Nothing is begun for somebody who has given up. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EverstowError('cancelled')
}
