import type { FolderSizes } from '../../../main/contract/index.ts'

/** More tiles than this are too small to be told apart. */
const MOST_TILES = 150
/** What takes less than this part of the whole goes with the rest. */
const LEAST_PART = 0.002

/** A tile of the picture of a folder; without a name it stands for several entries. */
export interface Tile {
  readonly key: string
  readonly kind: 'directory' | 'file' | 'rest'
  readonly name: string | undefined
  readonly bytes: number
  readonly entries: number
  /** The folder it opens. */
  readonly opens: string | undefined
}

/** The tiles of a folder, largest first; what is too small for a tile of its own is one together, in its place. */
export function tilesOf({ bytes, entries, rest }: FolderSizes): Tile[] {
  const large = entries.slice(0, MOST_TILES).filter((entry) => entry.bytes > bytes * LEAST_PART)
  const small = entries.slice(large.length)
  const restBytes = small.reduce((sum, entry) => sum + entry.bytes, rest.bytes)
  const tiles = large.map(
    (entry): Tile => ({
      key: entry.path,
      kind: entry.kind === 'directory' ? 'directory' : 'file',
      name: entry.name,
      bytes: entry.bytes,
      entries: 1,
      opens: entry.kind === 'directory' ? entry.path : undefined,
    }),
  )
  if (restBytes === 0) return tiles
  const ofRest = { key: '/', kind: 'rest', name: undefined, bytes: restBytes, opens: undefined } as const
  return [...tiles, { ...ofRest, entries: small.length + rest.entries }].sort((a, b) => b.bytes - a.bytes)
}
