import { useCallback, useEffect, useState } from 'react'
import type { CallInput, CallName, CallOutput, WireError } from '../../main/contract/index.ts'
import { wireErrorOf } from '../link/caller.ts'
import { useCallEngine } from './use-engine.ts'

export interface Answer<N extends CallName> {
  /** The newest answer; an older one stays while a newer is on its way. */
  readonly data: CallOutput<N> | undefined
  readonly error: WireError | undefined
  readonly busy: boolean
  readonly again: () => void
}

/**
 * What the engine answers to `input`, asked again when the input (by its JSON) or `version` changes; an answer that came too late
 * is dropped. `null` asks nothing.
 */
export function useAnswer<N extends CallName>(
  name: N,
  input: CallInput<N> | null,
  version: unknown = 0,
): Answer<N> {
  const callEngine = useCallEngine()
  const [data, setData] = useState<CallOutput<N>>()
  const [error, setError] = useState<WireError>()
  const [busy, setBusy] = useState(input !== null)
  const [round, setRound] = useState(0)
  const key = JSON.stringify(input)

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `input`; `version` and `round` ask again.
  useEffect(() => {
    if (input === null) {
      setBusy(false)
      return
    }
    const stop = new AbortController()
    setBusy(true)
    callEngine(name, input, { signal: stop.signal }).then(
      (output) => {
        if (stop.signal.aborted) return
        setData(output)
        setError(undefined)
        setBusy(false)
      },
      (thrown) => {
        if (stop.signal.aborted) return
        setError(wireErrorOf(thrown))
        setBusy(false)
      },
    )
    return () => stop.abort()
  }, [callEngine, name, key, version, round])

  const again = useCallback(() => setRound((before) => before + 1), [])
  return { data, error, busy, again }
}
