import { createTreeCursor, NODE } from '../format/tree.ts'
import type { ChunkIndex } from '../index/chunk-index.ts'
import type { Reachable } from './reachable.ts'

export interface AffectedOptions {
  readonly index: ChunkIndex
  readonly graph: Reachable
  /** Bytes of a directory from wherever they can be had. */
  readonly fetchTree: (id: Uint8Array) => Promise<Uint8Array>
  /** Whether the chunk of a slot cannot be had. */
  readonly isBad: (slot: number) => boolean
  /** Beyond so many paths only the number is told. */
  readonly mostPaths?: number
  readonly signal?: AbortSignal | undefined
}

export interface AffectedPaths {
  /** Files that lack a chunk. A directory that nobody can read ends in a slash: whatever was below it. */
  readonly paths: readonly string[]
  readonly more: number
}

const MOST_PATHS = 10_000
const CLEAN = 1
const BAD = 2

/**
 * The files of snapshots that need a chunk which cannot be had. Only directories on the way to such a chunk are read again, so that the answer costs as much
 * as the damage is large. The snapshots' trees must be in the graph, as far as they can be read.
 */
export function createAffectedPaths(
  options: AffectedOptions,
): (treeId: Uint8Array) => Promise<AffectedPaths> {
  const { index, graph, fetchTree, isBad, mostPaths = MOST_PATHS, signal } = options
  const known = new Uint8Array(index.slots)

  /** Whether anything at or below a slot is bad. */
  function leadsToBad(slot: number): boolean {
    if (slot < 0 || index.isLost(slot) || isBad(slot)) return true
    if (known[slot]) return known[slot] === BAD
    let isClean = true
    for (const child of graph.childrenOf(slot) ?? []) if (leadsToBad(child)) isClean = false
    known[slot] = isClean ? CLEAN : BAD
    return !isClean
  }

  function slotOf(ids: Uint8Array, at: number): number {
    const slot = index.find(ids, at)
    return slot >= 0 && index.blockOf(slot) >= 0 ? slot : -1
  }

  return async (treeId) => {
    const paths: string[] = []
    let more = 0
    const tell = (path: string) => {
      if (paths.length < mostPaths) paths.push(path)
      else more++
    }

    /** `all`: the directory itself cannot be had where we look, so nothing below it can be restored from there. */
    async function walk(id: Uint8Array, folder: string, all: boolean): Promise<void> {
      signal?.throwIfAborted()
      let bytes: Uint8Array
      try {
        bytes = await fetchTree(id)
      } catch {
        // Nobody has it, which the caller knows already: what was below it is all that can be said.
        return tell(folder === '' ? '/' : `${folder}/`)
      }
      const cursor = createTreeCursor(bytes)
      while (cursor.next()) {
        const path = folder === '' ? cursor.nameText : `${folder}/${cursor.nameText}`
        if (cursor.type === NODE.file) {
          const ids = cursor.chunkIds
          let isLost = all
          for (let at = 0; at < ids.length && !isLost; at += 32) isLost = leadsToBad(slotOf(ids, at))
          if (isLost) tell(path)
        } else if (cursor.type === NODE.directory) {
          const slot = slotOf(cursor.child, 0)
          const isGone = all || slot < 0 || isBad(slot)
          if (isGone || leadsToBad(slot)) await walk(cursor.child.slice(), path, isGone)
        } else if (all) tell(path)
      }
    }
    const root = slotOf(treeId, 0)
    const isGone = root < 0 || isBad(root)
    if (isGone || leadsToBad(root)) await walk(treeId, '', isGone)
    return { paths, more }
  }
}
