import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { CallOutput, DataKind, DataNode, WireError } from '../../../../main/contract/index.ts'
import { wireErrorOf } from '../../../link/caller.ts'
import { useCallEngine } from '../../../store/use-engine.ts'
import {
  MEMBERS_PAGE,
  type MemberPages,
  MOST_MEMBERS,
  missingPages,
  type OutlineLine,
  outlineLines,
  pageKey,
} from './outline-lines.ts'

export interface Outline {
  /** Undefined until the first answer. */
  readonly file:
    | Pick<CallOutput<'data.outline'>, 'kind' | 'sizeBytes' | 'modifiedAt' | 'createdAt'>
    | undefined
  readonly lines: readonly OutlineLine[]
  readonly error: WireError | undefined
  /** Something has more members than are lined up. */
  readonly isCut: boolean
  readonly toggle: (line: OutlineLine) => void
  readonly onRange: (from: number, to: number) => void
  readonly again: () => void
}

/** A parsed file level by level: only what is opened is asked for, and only the part of it that comes into sight. For one file as long as it lives. */
export function useOutline(backup: string, path: string, as?: DataKind): Outline {
  const callEngine = useCallEngine()
  const [first, setFirst] = useState<CallOutput<'data.outline'>>()
  const [pages, setPages] = useState<MemberPages>(new Map())
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(['']))
  const [error, setError] = useState<WireError>()
  const [range, setRange] = useState<readonly [number, number]>([0, 0])
  const [round, setRound] = useState(0)
  const stop = useRef(new AbortController())
  const underWay = useRef(new Set<string>())

  const ask = useCallback(
    async (pointer: string, page: number): Promise<void> => {
      const key = pageKey(pointer, page)
      if (underWay.current.has(key)) return
      underWay.current.add(key)
      const { signal } = stop.current
      const input = { backup, path, pointer, limit: MEMBERS_PAGE, offset: page * MEMBERS_PAGE }
      try {
        const output = await callEngine('data.outline', { ...input, ...(as && { as }) }, { signal })
        if (signal.aborted) return
        setPages((before) => new Map(before).set(key, output.members))
        if (pointer === '' && page === 0) setFirst(output)
        setError(undefined)
      } catch (thrown) {
        if (!signal.aborted) setError(wireErrorOf(thrown))
      } finally {
        if (!signal.aborted) underWay.current.delete(key)
      }
    },
    [callEngine, backup, path, as],
  )

  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks again.
  useEffect(() => {
    stop.current = new AbortController()
    underWay.current.clear()
    void ask('', 0)
    return () => stop.current.abort()
  }, [ask, round])

  const root = first?.node
  const lines = useMemo(() => (root ? outlineLines(root, pages, open) : []), [root, pages, open])
  const missing = useMemo(() => missingPages(lines.slice(...range)), [lines, range])
  useEffect(() => {
    // What failed is asked for again by a person only.
    if (!error) for (const { pointer, page } of missing) void ask(pointer, page)
  }, [missing, ask, error])

  const toggle = useCallback(
    ({ node }: OutlineLine): void => node && setOpen((before) => toggled(before, node)),
    [],
  )
  const onRange = useCallback((from: number, to: number) => setRange([from, to]), [])
  const again = useCallback(() => {
    setError(undefined)
    setRound((before) => before + 1)
  }, [])
  const isCut = useMemo(
    () => lines.some(({ node, isOpen }) => isOpen && (node?.length ?? 0) > MOST_MEMBERS),
    [lines],
  )
  return { file: first, lines, error, isCut, toggle, onRange, again }
}

function toggled(open: ReadonlySet<string>, { pointer }: DataNode): ReadonlySet<string> {
  const next = new Set(open)
  if (!next.delete(pointer)) next.add(pointer)
  return next
}
