import type { Files } from '../../env/files.ts'
import { asEverstowError } from '../../model/errors.ts'
import { createChunkHasher } from '../../repository/crypto/chunk-id.ts'
import { createTreeCursor, NODE } from '../../repository/format/tree.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import type { Needs, SnapshotTree } from './affected-backups.ts'

/** Where on this computer a chunk may still be. */
interface Candidate {
  readonly path: string
  readonly start: number
  readonly end: number
}

const MOST_CANDIDATES = 4

/**
 * Looks for chunks in the files they were read from, newest snapshot first: what did not change since still holds them. Whatever is read is proven by the
 * chunk's id, so a path of another computer or a file that changed does no harm.
 */
export async function readFromLiveFiles(
  { index, keys }: Repository,
  needs: Needs,
  wanted: ReadonlySet<string>,
  files: Files,
  onFound: (chunk: string, bytes: Uint8Array) => void,
): Promise<void> {
  const candidates = await findCandidates(index, needs, wanted)
  const hasher = createChunkHasher(keys)
  for (const [chunk, places] of candidates) {
    for (const { path, start, end } of places) {
      const bytes = await readRange(files, path, start, end)
      if (!bytes || Buffer.from(hasher.idOf(bytes)).toString('hex') !== chunk) continue
      onFound(chunk, bytes)
      break
    }
  }
}

async function findCandidates(
  index: Repository['index'],
  needs: Needs,
  wanted: ReadonlySet<string>,
): Promise<Map<string, Candidate[]>> {
  const found = new Map<string, Candidate[]>()
  const seen = new Set<string>()

  function lengthOf(ids: Uint8Array, at: number): number {
    const slot = index.find(ids, at)
    return slot < 0 ? 0 : index.lengthOf(slot)
  }

  /** Lengths of a file's chunks; one that the index does not know follows from the file's size. */
  function lengthsOf(ids: Uint8Array, sizeBytes: number): number[] | undefined {
    const lengths = Array.from({ length: ids.length / 32 }, (_, number) => lengthOf(ids, number * 32))
    const unknown = lengths.filter((length) => length === 0).length
    if (unknown > 1) return undefined
    const rest = sizeBytes - lengths.reduce((sum, length) => sum + length, 0)
    return lengths.map((length) => length || rest)
  }

  function note(ids: Uint8Array, sizeBytes: number, path: string): void {
    const lengths = lengthsOf(ids, sizeBytes)
    if (!lengths) return
    let start = 0
    for (const [number, length] of lengths.entries()) {
      const chunk = Buffer.from(ids.subarray(number * 32, number * 32 + 32)).toString('hex')
      if (wanted.has(chunk)) {
        const some = found.get(chunk) ?? []
        if (some.length < MOST_CANDIDATES) found.set(chunk, [...some, { path, start, end: start + length }])
      }
      start += length
    }
  }

  async function walk(id: Uint8Array, pathOf: (name: string) => string | undefined): Promise<void> {
    let bytes: Uint8Array
    try {
      bytes = await needs.fetchTree(id)
    } catch (error) {
      // Nobody has this directory: the files below it are not known.
      if (asEverstowError(error).code === 'cancelled') throw error
      return
    }
    const cursor = createTreeCursor(bytes)
    while (cursor.next()) {
      const path = pathOf(cursor.nameText)
      if (path === undefined) continue
      if (cursor.type === NODE.file) note(cursor.chunkIds, cursor.size, path)
      if (cursor.type !== NODE.directory) continue
      // The same directory under another path holds the same chunks; one place to look at is enough.
      const child = cursor.child.slice()
      const key = Buffer.from(child).toString('latin1')
      if (seen.has(key)) continue
      seen.add(key)
      await walk(child, (name) => `${path}/${name}`)
    }
  }

  for (const { root, treeId } of newestFirst(needs)) {
    const sourceOf = new Map(root.roots.map(({ source, prefix }) => [prefix, source]))
    await walk(treeId, (name) => sourceOf.get(name))
  }
  return found
}

function newestFirst({ trees }: Needs): SnapshotTree[] {
  return [...trees.values()].toSorted((one, other) => (one.root.time < other.root.time ? 1 : -1))
}

async function readRange(
  files: Files,
  path: string,
  start: number,
  end: number,
): Promise<Uint8Array | undefined> {
  try {
    return Buffer.concat((await Array.fromAsync(files.openRead(path, { start, end }))) as Buffer[])
  } catch {
    // Gone, unreadable or shorter: not a place to have the chunk from.
    return undefined
  }
}
