import { useElementSize, useMergedRef } from '@mantine/hooks'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { FolderSizes } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'
import { type Rectangle, squarify } from './squarify.ts'
import { type Tile, tilesOf } from './tiles.ts'
import styles from './treemap.module.css'

/** A tile that is smaller holds no words. */
const LEAST_WIDTH = 58
const LEAST_HEIGHT = 30
const TWO_LINES = 46
/** How much of the accent the largest and the smallest tile carry, in percent. */
const DEEPEST = 46
const PALEST = 16

/**
 * A folder as a picture: areas are as sizes, and a folder opens. With the keyboard it is one stop: arrows go from folder to folder, Enter opens, Backspace goes
 * up. The table beside it says the same.
 */
export function Treemap({
  sizes,
  onOpen,
  onUp,
}: {
  sizes: FolderSizes
  onOpen: (folder: string) => void
  onUp: (() => void) | undefined
}) {
  const { t } = useWords()
  const { ref: measured, width, height } = useElementSize<HTMLFieldSetElement>()
  const frame = useRef<HTMLFieldSetElement>(null)
  const ref = useMergedRef(measured, frame)
  const [current, setCurrent] = useState(0)
  const isInside = useRef(false)
  const tiles = tilesOf(sizes)
  const rectangles = squarify(
    tiles.map(({ bytes }) => bytes),
    { x: 0, y: 0, width, height },
  )
  const largestBytes = tiles[0]?.bytes ?? 1
  const folders = tiles.filter(({ opens }) => opens !== undefined)

  // Whoever opened a folder from here stands in the new one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another folder begins at its first tile.
  useEffect(() => {
    setCurrent(0)
    if (!isInside.current) return
    isInside.current = false
    const first = frame.current?.querySelector('button')
    ;(first ?? frame.current)?.focus()
  }, [sizes.backupId, sizes.folder])

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Backspace' && onUp) {
      isInside.current = true
      onUp()
      return
    }
    const to = nextOf(event.key, current, folders.length)
    if (to === undefined) return
    event.preventDefault()
    setCurrent(to)
    frame.current?.querySelectorAll('button')[to]?.focus()
  }

  return (
    <fieldset
      ref={ref}
      className={styles.map}
      aria-label={t('storagePage.map')}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      data-testid="treemap"
    >
      {rectangles.map((rectangle, at) => {
        const tile = tiles[at]
        if (!tile) return null
        return (
          <TileFace
            key={tile.key}
            tile={tile}
            rectangle={rectangle}
            depth={PALEST + (DEEPEST - PALEST) * Math.sqrt(tile.bytes / largestBytes)}
            isStop={folders[current] === tile}
            onFocus={() => setCurrent(folders.indexOf(tile))}
            onOpen={(folder) => {
              isInside.current = true
              onOpen(folder)
            }}
          />
        )
      })}
    </fieldset>
  )
}

function TileFace({
  tile,
  rectangle,
  depth,
  isStop,
  onFocus,
  onOpen,
}: {
  tile: Tile
  rectangle: Rectangle
  depth: number
  isStop: boolean
  onFocus: () => void
  onOpen: (folder: string) => void
}) {
  const { t, bytes } = useWords()
  const { x, y, width, height } = rectangle
  const name = tile.name ?? t('storagePage.rest', { count: tile.entries })
  const size = bytes(tile.bytes)
  const isLarge = width >= LEAST_WIDTH && height >= LEAST_HEIGHT
  const style = { left: x, top: y, width, height, '--depth': `${depth.toFixed(1)}%` }
  const face = (
    <span className={isLarge ? styles.face : `${styles.face} ${styles.small}`}>
      {isLarge && <span className={styles.name}>{name}</span>}
      {isLarge && height >= TWO_LINES && <span className={`${styles.size} tabular`}>{size}</span>}
    </span>
  )
  const said = t('storagePage.tile', { name, size })
  const { opens } = tile
  if (opens === undefined)
    return (
      <span className={`${styles.tile} ${styles[tile.kind]}`} style={style} title={said}>
        {face}
      </span>
    )
  return (
    <button
      type="button"
      className={styles.tile}
      style={style}
      title={said}
      aria-label={t('storagePage.openTile', { name, size })}
      tabIndex={isStop ? 0 : -1}
      onFocus={onFocus}
      onClick={() => onOpen(opens)}
    >
      {face}
    </button>
  )
}

/** Which of so many tiles a key leads to; undefined for other keys. */
function nextOf(key: string, current: number, count: number): number | undefined {
  if (count === 0) return undefined
  if (key === 'ArrowRight' || key === 'ArrowDown') return Math.min(count - 1, current + 1)
  if (key === 'ArrowLeft' || key === 'ArrowUp') return Math.max(0, current - 1)
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : undefined
}
