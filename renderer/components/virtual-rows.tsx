import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import styles from './virtual-rows.module.css'

const SPARE_ROWS = 6
/** Browsers draw nothing that lies some 30 million pixels down; a longer list scrolls faster than the wheel instead. */
const MOST_PX = 12_000_000

/**
 * A list of rows of one height of which only those in sight are drawn, however many there are. It scrolls by itself and can be reached with
 * the keyboard. `rowHeight` and `mostHeight` in pixels. `onRange` hears which rows are drawn, for who fetches them as they come into sight.
 */
export function VirtualRows<Row>({
  rows,
  rowHeight,
  mostHeight,
  label,
  keyOf,
  children,
  onRange,
  testId,
}: {
  rows: Pick<readonly Row[], 'length' | 'slice'>
  rowHeight: number
  mostHeight: number
  label: string
  keyOf: (row: Row, index: number) => string
  children: (row: Row) => ReactNode
  onRange?: (from: number, to: number) => void
  testId?: string
}) {
  const frame = useRef<HTMLElement>(null)
  const [top, setTop] = useState(0)
  const wholeHeight = rows.length * rowHeight
  const shownHeight = Math.min(mostHeight, wholeHeight)
  const drawnHeight = Math.min(wholeHeight, MOST_PX)
  const last = Math.max(0, drawnHeight - shownHeight)
  const scrolled = Math.min(top, last)
  // Where the list would be scrolled to at its whole height.
  const at = last === 0 ? 0 : (scrolled / last) * (wholeHeight - shownHeight)
  const from = Math.max(0, Math.floor(at / rowHeight) - SPARE_ROWS)
  const to = Math.min(rows.length, Math.ceil((at + shownHeight) / rowHeight) + SPARE_ROWS)
  const above = scrolled - at

  useEffect(() => onRange?.(from, to), [onRange, from, to])

  // A list that became shorter scrolls back by itself without telling.
  useLayoutEffect(() => {
    if (frame.current && frame.current.scrollTop > last) frame.current.scrollTop = last
  }, [last])

  return (
    <section
      ref={frame}
      className={styles.frame}
      style={{ height: shownHeight }}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
      tabIndex={0}
      data-testid={testId}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <ul className={styles.rows} style={{ height: drawnHeight }}>
        {rows.slice(from, to).map((row, index) => (
          <li
            key={keyOf(row, from + index)}
            className={styles.row}
            style={{ top: (from + index) * rowHeight + above, height: rowHeight }}
            aria-setsize={rows.length}
            aria-posinset={from + index + 1}
          >
            {children(row)}
          </li>
        ))}
      </ul>
    </section>
  )
}
