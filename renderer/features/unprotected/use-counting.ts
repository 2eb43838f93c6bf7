import { useCallback, useEffect, useRef, useState } from 'react'
import type { WireError } from '../../../main/contract/index.ts'
import { wireErrorOf } from '../../link/caller.ts'
import { useCallEngine } from '../../store/use-engine.ts'

/** Counting what no backup holds: it can be stopped, and ends when the page is left. `onDone` is told when there are new figures. */
export function useCounting(onDone: () => void) {
  const callEngine = useCallEngine()
  const running = useRef<AbortController>(undefined)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<WireError>()

  const stop = useCallback(() => {
    running.current?.abort()
    running.current = undefined
    setBusy(false)
  }, [])

  const start = useCallback(() => {
    const mine = new AbortController()
    running.current?.abort()
    running.current = mine
    setBusy(true)
    setError(undefined)
    const end = (failed?: WireError): void => {
      if (running.current !== mine) return
      setBusy(false)
      setError(failed)
      if (!failed) onDone()
    }
    callEngine('unprotected.count', {}, { signal: mine.signal }).then(
      () => end(),
      (thrown) => end(wireErrorOf(thrown)),
    )
  }, [callEngine, onDone])

  useEffect(() => () => running.current?.abort(), [])
  return { start, stop, busy, error }
}
