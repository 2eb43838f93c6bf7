import { foldKey } from '../fold-key.ts'
import type { LocalNode, Look, Node, NodeId, NodeKind, RemoteNode, SyncedNode } from '../nodes.ts'
import { createChains, createColumn } from './columns.ts'
import { type CountedTexts, createCountedTexts } from './counted-texts.ts'
import { createHashIndex, hashOfText } from './hash-index.ts'
import { createRowMap, type RowMap } from './row-map.ts'
import { createTextColumn } from './text-column.ts'

/** The texts that the trees of a folder share. */
export interface NodeTexts {
  readonly ids: CountedTexts
  /** Of things on the disk. */
  readonly keys: CountedTexts
  readonly contents: CountedTexts
  /** Names and stamps. */
  readonly others: CountedTexts
}

export const createNodeTexts = (): NodeTexts => ({
  ids: createCountedTexts(),
  keys: createCountedTexts(),
  contents: createCountedTexts(),
  others: createCountedTexts(),
})

export const KINDS: readonly NodeKind[] = ['file', 'directory', 'symlink']

/** What nodes of all trees have. */
function createPlaces(texts: NodeTexts) {
  const parents = createTextColumn(texts.ids)
  const names = createTextColumn(texts.others)
  const kinds = createColumn(Uint8Array)
  const contents = createTextColumn(texts.contents)
  return {
    write(row: number, { parent, name, kind, content }: Node): void {
      parents.set(row, parent)
      names.set(row, name)
      kinds.set(row, KINDS.indexOf(kind))
      contents.set(row, content)
    },
    /** The node, with what else is known of it. */
    read<Rest>(row: number, rest: Rest): Node & Rest {
      const parent = parents.get(row) as string
      const name = names.get(row) as string
      const kind = KINDS[kinds.get(row)] as NodeKind
      const content = contents.get(row)
      return content === undefined
        ? { parent, name, kind, ...rest }
        : { parent, name, kind, content, ...rest }
    },
    name: (row: number): string => names.get(row) as string,
    parentNumber: parents.numberAt,
    erase(row: number): void {
      parents.set(row, undefined)
      names.set(row, undefined)
      contents.set(row, undefined)
    },
  }
}

/** Rows of nodes that can be found by the thing that they are on the disk. */
export interface RowsByKey<One> extends RowMap<One> {
  /** The nodes of a thing, the first that was set last; several for hard links. */
  idsOf(key: string): readonly NodeId[]
}

/** Keeps the lists of those that have the same key. */
function createKeys({ ids, keys }: NodeTexts) {
  const own = createTextColumn(keys)
  const lists = createChains()
  return {
    get: (row: number): string => own.get(row) as string,
    set(row: number, key: string | undefined): void {
      const before = own.numberAt(row)
      if (before >= 0) lists.remove(before, row)
      own.set(row, key)
      if (key !== undefined) lists.add(own.numberAt(row), row)
    },
    numberAt: own.numberAt,
    idsOf(key: string): NodeId[] {
      const number = keys.find(key)
      if (number < 0) return []
      const found: NodeId[] = []
      for (let row = lists.first(number); row >= 0; row = lists.after(row)) found.push(ids.at(row))
      return found
    },
  }
}

export function createSyncedRows(texts: NodeTexts): RowsByKey<SyncedNode> {
  const places = createPlaces(texts)
  const keys = createKeys(texts)
  const stamps = createTextColumn(texts.others)
  const sides = createTextColumn(texts.contents)
  const map = createRowMap<SyncedNode>(texts.ids, {
    write(row, node) {
      places.write(row, node)
      keys.set(row, node.key)
      stamps.set(row, node.stamp)
      sides.set(row, node.side)
    },
    read(row) {
      const side = sides.get(row)
      const node = places.read(row, { key: keys.get(row), stamp: stamps.get(row) as string })
      return side === undefined ? node : { ...node, side }
    },
    erase(row) {
      places.erase(row)
      keys.set(row, undefined)
      stamps.set(row, undefined)
      sides.set(row, undefined)
    },
  })
  return Object.assign(map, { idsOf: keys.idsOf })
}

/** What a look said, and what else is known of a node, in one number. */
const STAGED = 4
const UNSEEN = 8

export function createLocalRows(texts: NodeTexts): RowsByKey<LocalNode> {
  const places = createPlaces(texts)
  const looks = createLooks(texts)
  const flags = createColumn(Uint8Array)
  const map = createRowMap<LocalNode>(texts.ids, {
    write(row, node) {
      places.write(row, node)
      looks.write(row, node.look)
      flags.set(row, (node.isStaged ? STAGED : 0) + (node.isUnseen ? UNSEEN : 0))
    },
    read(row) {
      const node = places.read(row, { look: looks.read(row) })
      const flag = flags.get(row)
      if (flag === 0) return node
      return { ...node, ...(flag & STAGED && { isStaged: true }), ...(flag & UNSEEN && { isUnseen: true }) }
    },
    erase(row) {
      places.erase(row)
      looks.erase(row)
    },
  })
  return Object.assign(map, { idsOf: looks.idsOf })
}

/** What looks said, a row each. */
export function createLooks(texts: NodeTexts) {
  const keys = createKeys(texts)
  const kinds = createColumn(Uint8Array)
  const stamps = createTextColumn(texts.others)
  const times = createColumn(Float64Array)
  const names = createColumn(Float64Array)
  return {
    idsOf: keys.idsOf,
    keyAt: keys.get,
    kindAt: kinds.get,
    keyNumberAt: keys.numberAt,
    write(row: number, look: Look): void {
      keys.set(row, look.key)
      kinds.set(row, KINDS.indexOf(look.kind))
      stamps.set(row, look.stamp)
      times.set(row, look.mtimeMs)
      names.set(row, look.names)
    },
    read: (row: number): Look => ({
      kind: KINDS[kinds.get(row)] as NodeKind,
      key: keys.get(row),
      stamp: stamps.get(row) as string,
      mtimeMs: times.get(row),
      names: names.get(row),
    }),
    erase(row: number): void {
      keys.set(row, undefined)
      stamps.set(row, undefined)
    },
  }
}

export interface RemoteRows extends RowMap<RemoteNode> {
  childrenOf(id: NodeId): Generator<NodeId, undefined>
  /** The child of a folder whose name is equal but for case and normalization. */
  childNamed(parent: NodeId, name: string): NodeId | undefined
}

export function createRemoteRows(texts: NodeTexts): RemoteRows {
  const { ids } = texts
  const places = createPlaces(texts)
  const revs = createColumn(Float64Array)
  const times = createColumn(Float64Array)
  const children = createChains()
  const names = createHashIndex<Child>(
    (row) => hashOfChild(places.parentNumber(row), foldKey(places.name(row))),
    (row, { parent, name, folded }) => {
      if (places.parentNumber(row) !== parent) return false
      const own = places.name(row)
      return own === name || foldKey(own) === folded
    },
  )
  const map = createRowMap<RemoteNode>(ids, {
    write(row, node) {
      unlink(row)
      places.write(row, node)
      revs.set(row, node.rev)
      times.set(row, node.mtimeMs)
      const parent = places.parentNumber(row)
      children.add(parent, row)
      names.add(hashOfChild(parent, foldKey(node.name)), row)
    },
    read: (row) => places.read(row, { rev: revs.get(row), mtimeMs: times.get(row) }),
    erase(row) {
      unlink(row)
      places.erase(row)
    },
  })
  function unlink(row: number): void {
    const parent = places.parentNumber(row)
    if (parent < 0) return
    children.remove(parent, row)
    names.remove(hashOfChild(parent, foldKey(places.name(row))), row)
  }
  return Object.assign(map, {
    *childrenOf(id: NodeId) {
      const parent = ids.find(id)
      for (let row = parent < 0 ? -1 : children.first(parent); row >= 0; ) {
        // Whoever asks may take it away before the next.
        const after = children.after(row)
        yield ids.at(row)
        row = after
      }
      return undefined
    },
    childNamed(parent: NodeId, name: string) {
      const number = ids.find(parent)
      if (number < 0) return undefined
      const folded = foldKey(name)
      const row = names.find(hashOfChild(number, folded), { parent: number, name, folded })
      return row < 0 ? undefined : ids.at(row)
    },
  })
}

interface Child {
  /** The number of its parent's id. */
  readonly parent: number
  readonly name: string
  readonly folded: string
}

const hashOfChild = (parent: number, folded: string): number => hashOfText(folded, parent)

/** What was seen of things that are no nodes yet. */
export interface SeenContent {
  readonly stamp: string
  readonly content: string
}

/** By key. */
export function createSeenContents(texts: NodeTexts): RowMap<SeenContent> {
  const stamps = createTextColumn(texts.others)
  const contents = createTextColumn(texts.contents)
  return createRowMap<SeenContent>(texts.keys, {
    write(row, { stamp, content }) {
      stamps.set(row, stamp)
      contents.set(row, content)
    },
    read: (row) => ({ stamp: stamps.get(row) as string, content: contents.get(row) as string }),
    erase(row) {
      stamps.set(row, undefined)
      contents.set(row, undefined)
    },
  })
}

/** A number for each text. */
export function createNumbers(texts: CountedTexts): RowMap<number> {
  const numbers = createColumn(Float64Array)
  return createRowMap<number>(texts, { write: numbers.set, read: numbers.get, erase: () => {} })
}
