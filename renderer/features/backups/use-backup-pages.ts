import { useCallback, useEffect, useRef, useState } from 'react'
import type { Backup, CallInput, WireError } from '../../../main/contract/index.ts'
import { wireErrorOf } from '../../link/caller.ts'
import { useCallEngine } from '../../store/use-engine.ts'

const PAGE_SIZE = 100

export type BackupFilter = CallInput<'backup.days'>

interface Known {
  /** What was asked; pages of another question are not mixed in. */
  readonly key: string
  readonly total: number
  readonly pages: ReadonlyMap<number, readonly Backup[]>
}

/**
 * Backups by filter, of which only those that are looked at are fetched. `rows` has a place for each; those not here yet are undefined. What was
 * answered before stays until the first answer to a new question.
 */
export function useBackupPages(filter: BackupFilter, version: unknown) {
  const callEngine = useCallEngine()
  const [known, setKnown] = useState<Known>()
  const [error, setError] = useState<WireError>()
  const [range, setRange] = useState<readonly [number, number]>([0, 0])
  const [round, setRound] = useState(0)
  const key = JSON.stringify(filter)

  const seen = useRef(version)
  useEffect(() => {
    // What was fetched before is old now.
    if (seen.current !== version) setRound((before) => before + 1)
    seen.current = version
  }, [version])
  const asked = `${round} ${key}`
  const [first, last] = range

  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` stands for `filter`; what arrives meanwhile asks nothing.
  useEffect(() => {
    const stop = new AbortController()
    const here = known?.key === asked ? known.pages : undefined
    for (let page = first; page <= last; page++) {
      if (here?.has(page)) continue
      callEngine(
        'backup.list',
        { ...filter, limit: PAGE_SIZE, offset: page * PAGE_SIZE },
        { signal: stop.signal },
      ).then(
        ({ backups, total }) => {
          if (stop.signal.aborted) return
          setError(undefined)
          setKnown((before) => ({
            key: asked,
            total,
            pages: new Map([...(before?.key === asked ? before.pages : []), [page, backups]]),
          }))
        },
        (thrown) => !stop.signal.aborted && setError(wireErrorOf(thrown)),
      )
    }
    return () => stop.abort()
  }, [callEngine, asked, first, last])

  const onRange = useCallback((from: number, to: number): void => {
    const pages = [Math.floor(from / PAGE_SIZE), Math.floor(Math.max(from, to - 1) / PAGE_SIZE)] as const
    setRange((before) => (before[0] === pages[0] && before[1] === pages[1] ? before : pages))
  }, [])

  const rows = Array.from(
    { length: known?.total ?? 0 },
    (_, index) => known?.pages.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE],
  )
  return { rows, total: known?.total, error, onRange }
}
