import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react'

const SPARE_ROWS = 6
/** Browsers draw nothing that lies some 30 million pixels down; a longer list scrolls faster than the wheel instead. */
const MOST_PX = 12_000_000

export interface VirtualRange<E extends HTMLElement> {
  readonly frame: RefObject<E | null>
  /** Rows that are drawn: from the first up to before the last. */
  readonly from: number
  readonly to: number
  readonly shownHeight: number
  readonly drawnHeight: number
  readonly onScroll: (event: { readonly currentTarget: HTMLElement }) => void
  /** How far down a row is drawn, in pixels. */
  readonly topOf: (index: number) => number
  /** Scrolls just so far that a row can be seen. */
  readonly reveal: (index: number) => void
}

/** Which of many rows of one height are in sight of a frame that scrolls. Heights in pixels. */
export function useVirtualRange<E extends HTMLElement>(
  length: number,
  rowHeight: number,
  mostHeight: number,
): VirtualRange<E> {
  const frame = useRef<E>(null)
  const [top, setTop] = useState(0)
  const wholeHeight = length * rowHeight
  const shownHeight = Math.min(mostHeight, wholeHeight)
  const drawnHeight = Math.min(wholeHeight, MOST_PX)
  const last = Math.max(0, drawnHeight - shownHeight)
  const scrolled = Math.min(top, last)
  // How much further down the list would be at its whole height.
  const stretch = last === 0 ? 0 : (wholeHeight - shownHeight) / last
  const at = scrolled * stretch

  // A list that became shorter scrolls back by itself without telling.
  useLayoutEffect(() => {
    if (frame.current && frame.current.scrollTop > last) frame.current.scrollTop = last
  }, [last])

  const reveal = useCallback(
    (index: number): void => {
      const box = frame.current
      if (!box || stretch === 0) return
      const [first, end] = [index * rowHeight, (index + 1) * rowHeight - shownHeight]
      const now = box.scrollTop * stretch
      if (first < now) box.scrollTop = first / stretch
      else if (end > now) box.scrollTop = end / stretch
    },
    [rowHeight, shownHeight, stretch],
  )

  return {
    frame,
    from: Math.max(0, Math.floor(at / rowHeight) - SPARE_ROWS),
    to: Math.min(length, Math.ceil((at + shownHeight) / rowHeight) + SPARE_ROWS),
    shownHeight,
    drawnHeight,
    onScroll: (event) => setTop(event.currentTarget.scrollTop),
    topOf: (index) => index * rowHeight + scrolled - at,
    reveal,
  }
}
