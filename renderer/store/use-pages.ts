import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { CallInput, CallName, CallOutput, WireError } from '../../main/contract/index.ts'
import { wireErrorOf } from '../link/caller.ts'
import { useCallEngine } from './use-engine.ts'

const PAGE_SIZE = 100
/** Kept beside those in sight, so that scrolling back a little asks nothing. */
const MOST_PAGES = 30

/** What lists of any length need of their rows: those in sight, not all of them. */
export interface PagedRows<Row> {
  readonly length: number
  slice(from: number, to: number): (Row | undefined)[]
}

interface Known<Row> {
  /** What was asked; pages of another question are not mixed in. */
  readonly key: string
  readonly total: number
  readonly pages: ReadonlyMap<number, readonly Row[]>
}

interface Page<Row> {
  readonly rows: readonly Row[]
  readonly total: number
}

/**
 * Rows of a paged call, of which only those that are looked at are fetched and some more are kept, however many there are; a row that is not
 * here yet is undefined. What was answered before stays until the first answer to a new question. `version` asks again.
 */
export function usePages<N extends CallName, Row>(
  name: N,
  input: CallInput<N>,
  pageOf: (output: CallOutput<N>) => Page<Row>,
  version: unknown = 0,
) {
  const callEngine = useCallEngine()
  const [known, setKnown] = useState<Known<Row>>()
  const [error, setError] = useState<WireError>()
  const [range, setRange] = useState<readonly [number, number]>([0, 0])
  const [round, setRound] = useState(0)

  const seen = useRef(version)
  useEffect(() => {
    // What was fetched before is old now.
    if (seen.current !== version) setRound((before) => before + 1)
    seen.current = version
  }, [version])
  const asked = `${round} ${JSON.stringify(input)}`
  const [first, last] = range

  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` stands for `input`; what arrives meanwhile asks nothing.
  useEffect(() => {
    const stop = new AbortController()
    const here = known?.key === asked ? known.pages : undefined
    for (let page = first; page <= last; page++) {
      if (here?.has(page)) continue
      const part = { ...input, limit: PAGE_SIZE, offset: page * PAGE_SIZE }
      callEngine(name, part, { signal: stop.signal }).then(
        (output) => {
          if (stop.signal.aborted) return
          const { rows, total } = pageOf(output)
          setError(undefined)
          setKnown((before) => ({
            key: asked,
            total,
            pages: withPage(before?.key === asked ? before.pages : new Map(), page, rows),
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

  const rows = useMemo(() => rowsOf(known), [known])
  return { rows, total: known?.total, error, onRange }
}

/** The pages with one more; of too many the one that came first goes. */
function withPage<Row>(
  pages: ReadonlyMap<number, readonly Row[]>,
  page: number,
  rows: readonly Row[],
): ReadonlyMap<number, readonly Row[]> {
  const kept = [...pages].filter(([each]) => each !== page)
  return new Map([...kept.slice(Math.max(0, kept.length - MOST_PAGES + 1)), [page, rows]])
}

function rowsOf<Row>(known: Known<Row> | undefined): PagedRows<Row> {
  const length = known?.total ?? 0
  return {
    length,
    slice: (from, to) =>
      Array.from({ length: Math.max(0, Math.min(to, length) - from) }, (_, index) => {
        const row = from + index
        return known?.pages.get(Math.floor(row / PAGE_SIZE))?.[row % PAGE_SIZE]
      }),
  }
}
