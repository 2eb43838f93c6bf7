import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react'
import { useVirtualRange } from '../../../components/lists/use-virtual-range.ts'
import styles from '../explore.module.css'
import type { TreeLine } from './tree-line.ts'

const ROW_PX = 30
const MOST_PX = 480

/** A tree of which only the rows in sight are drawn, however many there are. One stop for Tab; arrows go through it, open and close. */
export function VirtualTree<Line extends TreeLine>({
  lines,
  label,
  chosen,
  onChoose,
  onToggle,
  onRange,
  children,
  testId,
}: {
  lines: readonly Line[]
  label: string
  /** The id of the row that was chosen. */
  chosen: string | undefined
  onChoose: (line: Line) => void
  onToggle: (line: Line) => void
  onRange?: (from: number, to: number) => void
  children: (line: Line) => ReactNode
  testId?: string
}) {
  const base = useId()
  const [reached, setReached] = useState(0)
  const { frame, from, to, shownHeight, drawnHeight, onScroll, topOf, reveal } =
    useVirtualRange<HTMLDivElement>(lines.length, ROW_PX, MOST_PX)
  const active = Math.min(reached, Math.max(0, lines.length - 1))
  const isDrawn = active >= from && active < to

  useEffect(() => onRange?.(from, to), [onRange, from, to])

  const go = (index: number): void => {
    const next = Math.max(0, Math.min(lines.length - 1, index))
    setReached(next)
    reveal(next)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const line = lines[active]
    if (!line || event.ctrlKey || event.metaKey || event.altKey) return
    const step = stepOf(event.key, lines, active)
    if (event.key === 'Enter' || event.key === ' ') onChoose(line)
    else if (step === 'toggle') onToggle(line)
    else if (step !== undefined) go(step)
    else return
    event.preventDefault()
  }

  return (
    <div
      ref={frame}
      role="tree"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={isDrawn && lines.length > 0 ? `${base}-${active}` : undefined}
      className={styles.tree}
      style={{ height: shownHeight }}
      data-testid={testId}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div role="none" className={styles.treeRows} style={{ height: drawnHeight }}>
        {lines.slice(from, to).map((line, offset) => {
          const index = from + offset
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys for its rows.
            // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus, and names the row that is active.
            <div
              key={line.id}
              id={`${base}-${index}`}
              role="treeitem"
              aria-level={line.level}
              aria-posinset={line.position}
              aria-setsize={line.siblings}
              aria-expanded={line.isOpen}
              aria-selected={line.id === chosen}
              className={styles.treeRow}
              data-active={index === active || undefined}
              style={{
                top: topOf(index),
                height: ROW_PX,
                paddingInlineStart: 6 + 18 * Math.min(line.level - 1, 20),
              }}
              onClick={() => {
                setReached(index)
                onChoose(line)
              }}
            >
              <Fold line={line} onToggle={() => onToggle(line)} />
              {children(line)}
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** Opens and closes a row; for who has a pointer only, the arrow keys do the same. */
function Fold({ line, onToggle }: { line: TreeLine; onToggle: () => void }) {
  if (line.isOpen === undefined) return <span className={styles.fold} />
  const Sign = line.isOpen ? IconChevronDown : IconChevronRight
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: part of its row, which says that it can be opened.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys for its rows.
    <span
      className={styles.fold}
      data-fold
      onClick={(event) => {
        event.stopPropagation()
        onToggle()
      }}
    >
      <Sign size={15} aria-hidden />
    </span>
  )
}

const PAGE_ROWS = 15

/** The row that a key leads to; `toggle`: it opens or closes the one where one is. */
function stepOf(key: string, lines: readonly TreeLine[], active: number): number | 'toggle' | undefined {
  const line = lines[active]
  switch (key) {
    case 'ArrowDown':
      return active + 1
    case 'ArrowUp':
      return active - 1
    case 'PageDown':
      return active + PAGE_ROWS
    case 'PageUp':
      return active - PAGE_ROWS
    case 'Home':
      return 0
    case 'End':
      return lines.length - 1
    case 'ArrowRight':
      return line?.isOpen === false ? 'toggle' : line?.isOpen ? active + 1 : active
    case 'ArrowLeft':
      return line?.isOpen ? 'toggle' : parentOf(lines, active)
    default:
      return undefined
  }
}

function parentOf(lines: readonly TreeLine[], index: number): number {
  const level = lines[index]?.level ?? 1
  for (let at = index - 1; at >= 0; at--) if ((lines[at]?.level ?? 1) < level) return at
  return index
}
