import { useCallback, useState } from 'react'
import type { CallInput, CallName, CallOutput, WireError } from '../../main/contract/index.ts'
import { wireErrorOf } from '../link/caller.ts'
import { useCallEngine } from './use-engine.ts'

export interface Action<N extends CallName> {
  /** Asks the engine to do it; undefined when it failed, and `error` says why. */
  readonly act: (input: CallInput<N>) => Promise<CallOutput<N> | undefined>
  readonly busy: boolean
  readonly error: WireError | undefined
  readonly forget: () => void
}

/** Something a person starts: knows whether it is on its way and why it failed. */
export function useAction<N extends CallName>(name: N): Action<N> {
  const callEngine = useCallEngine()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<WireError>()

  const act = useCallback(
    async (input: CallInput<N>) => {
      setBusy(true)
      setError(undefined)
      try {
        return await callEngine(name, input)
      } catch (thrown) {
        setError(wireErrorOf(thrown))
        return undefined
      } finally {
        setBusy(false)
      }
    },
    [callEngine, name],
  )
  const forget = useCallback(() => setError(undefined), [])
  return { act, busy, error, forget }
}
