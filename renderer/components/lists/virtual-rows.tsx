import { type ReactNode, useEffect } from 'react'
import { useVirtualRange } from './use-virtual-range.ts'
import styles from './virtual-rows.module.css'

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
  const { frame, from, to, shownHeight, drawnHeight, onScroll, topOf } = useVirtualRange<HTMLElement>(
    rows.length,
    rowHeight,
    mostHeight,
  )

  useEffect(() => onRange?.(from, to), [onRange, from, to])

  return (
    <section
      ref={frame}
      className={styles.frame}
      style={{ height: shownHeight }}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
      tabIndex={0}
      data-testid={testId}
      onScroll={onScroll}
    >
      <ul className={styles.rows} style={{ height: drawnHeight }}>
        {rows.slice(from, to).map((row, index) => (
          <li
            key={keyOf(row, from + index)}
            className={styles.row}
            style={{ top: topOf(from + index), height: rowHeight }}
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
