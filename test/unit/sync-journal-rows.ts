import { guard } from '../../main/engine/sync/guards.ts'
import { largestBatch } from '../../main/engine/sync/largest-batch.ts'
import type { Look, NodeId, SyncedNode } from '../../main/engine/sync/nodes.ts'
import type { Operation } from '../../main/engine/sync/operations.ts'
import type { SyncBase } from '../../main/engine/sync/ports.ts'
import { reconcile } from '../../main/engine/sync/reconcile.ts'
import { createRemoteTree, type RemoteTree } from '../../main/engine/sync/remote-tree.ts'
import { createNodeTexts } from '../../main/engine/sync/rows/node-rows.ts'
import { createSightings } from '../../main/engine/sync/rows/sightings.ts'
import { identify } from '../../main/engine/sync/scan/identify.ts'
import { look, RULES, type RuleRow } from './sync-rows.ts'

export const file = (id: NodeId, name: string, parent = 'root', content = '1-x'): Operation => ({
  do: 'create',
  id,
  parent,
  name,
  kind: 'file',
  content,
  mtimeMs: 1,
})
export const folder = (id: NodeId, name: string, parent = 'root'): Operation => ({
  do: 'create',
  id,
  parent,
  name,
  kind: 'directory',
  mtimeMs: 1,
})
const move = (id: NodeId, parent: NodeId, name: string, base = 1): Operation => ({
  do: 'move',
  id,
  parent,
  name,
  base,
})
const remove = (id: NodeId, base = 1): Operation => ({ do: 'delete', id, base })
const update = (id: NodeId, base = 1): Operation => ({ do: 'update', id, content: '1-y', mtimeMs: 2, base })

/** Slot 1 of the tables: two files and a folder with a file, `d/e/f`. */
function smallTree(): RemoteTree {
  const tree = createRemoteTree()
  tree.apply(
    [file('a', 'a'), file('b', 'b'), folder('d', 'd'), folder('e', 'e', 'd'), file('f', 'f', 'e')],
    1,
  )
  return tree
}

const namesOf = (tree: RemoteTree): string[] =>
  [...tree.nodes].map(([id, { parent, name, rev }]) => `${id}=${parent}/${name}@${rev}`).sort()

interface BatchCase {
  readonly rule: string
  readonly name: string
  readonly operations: readonly Operation[]
}

const REFUSED: readonly BatchCase[] = [
  { rule: 'J2', name: 'a parent that is not there', operations: [file('n', 'n', 'gone')] },
  { rule: 'J2', name: 'a parent that is a file', operations: [file('n', 'n', 'a')] },
  { rule: 'J2', name: 'the same name', operations: [file('n', 'a')] },
  { rule: 'J4', name: 'the same name, but for case', operations: [file('n', 'A')] },
  { rule: 'J4', name: 'the same name, decomposed', operations: [file('n', 'é'), file('m', 'e\u0301')] },
  { rule: 'J4', name: 'the same name, ß and SS', operations: [file('n', 'ß'), file('m', 'SS')] },
  { rule: 'J2', name: 'a folder into itself', operations: [move('d', 'e', 'd')] },
  {
    rule: 'J2',
    name: 'two folders into each other',
    operations: [move('e', 'root', 'e'), move('d', 'e', 'd'), move('e', 'd', 'e')],
  },
  { rule: 'J2', name: 'a deleted folder with something in it', operations: [remove('e')] },
  {
    rule: 'J2',
    name: 'something new in a deleted folder',
    operations: [remove('f'), remove('e'), file('n', 'n', 'e')],
  },
  { rule: 'J2', name: 'a node twice', operations: [file('a', 'other')] },
  { rule: 'J2', name: 'a content for a folder', operations: [update('d')] },
  { rule: 'J3', name: 'an update of another rev', operations: [update('a', 0)] },
  { rule: 'J3', name: 'a move of another rev', operations: [move('a', 'root', 'z', 2 ** 20)] },
  { rule: 'J3', name: 'a deletion of another rev', operations: [remove('a', 0)] },
  { rule: 'J3', name: 'a change of what is not there', operations: [update('gone')] },
]

const TAKEN: readonly BatchCase[] = [
  {
    rule: 'J2',
    name: 'two names that change places',
    operations: [move('a', 'root', 'b'), move('b', 'root', 'a')],
  },
  { rule: 'J2', name: 'children before their parent', operations: [file('n', 'n', 'm'), folder('m', 'm')] },
  {
    rule: 'J2',
    name: 'a folder and all in it deleted, top first',
    operations: [remove('d'), remove('e'), remove('f')],
  },
  { rule: 'J2', name: 'a name that was given up', operations: [file('n', 'a'), remove('a')] },
  { rule: 'J3', name: 'a node moved and updated at once', operations: [move('a', 'd', 'a'), update('a')] },
  { rule: 'J4', name: 'a name of another case for the same', operations: [move('a', 'root', 'A')] },
]

const UNFIT: readonly (BatchCase & { readonly unfit: readonly NodeId[] })[] = [
  {
    rule: 'P2',
    name: 'of three, one clashes',
    operations: [file('n', 'n'), file('m', 'A'), update('b')],
    unfit: ['m'],
  },
  {
    rule: 'P2',
    name: 'names change places beside a clash',
    operations: [move('a', 'root', 'b'), move('b', 'root', 'a'), file('m', 'D')],
    unfit: ['m'],
  },
  {
    rule: 'P2',
    name: 'three names go round beside a clash',
    operations: [move('a', 'root', 'b'), move('b', 'root', 'd'), move('d', 'root', 'a'), file('m', 'm', 'a')],
    unfit: ['m'],
  },
  {
    rule: 'P2',
    name: 'a child takes the place of its deleted folder, beside a clash',
    operations: [move('e', 'root', 'd'), remove('d'), file('m', 'B')],
    unfit: ['m'],
  },
  {
    rule: 'P2',
    name: 'a new folder that clashes takes what is in it with it',
    operations: [file('n', 'n', 'm'), folder('m', 'D'), update('a')],
    unfit: ['n', 'm'],
  },
  {
    rule: 'P2',
    name: 'a folder that got something stays, all else goes',
    operations: [remove('d'), remove('e'), update('a')],
    unfit: ['d', 'e'],
  },
  {
    rule: 'P2',
    name: 'a row of names where the last cannot go',
    operations: [move('a', 'root', 'b'), move('b', 'root', 'd'), move('d', 'e', 'x'), update('f')],
    unfit: ['a', 'b', 'd'],
  },
]

const BATCH_ROWS: readonly RuleRow[] = [
  ...REFUSED.map(({ rule, name, operations }) => ({
    rule,
    name: `refused whole: ${name}`,
    found: () => {
      const tree = smallTree()
      return [tree.apply([update('b'), ...operations], 2), namesOf(tree)]
    },
    expected: [undefined, namesOf(smallTree())],
  })),
  ...TAKEN.map(({ rule, name, operations }) => ({
    rule,
    name: `taken, and taken back: ${name}`,
    found: () => {
      const tree = smallTree()
      const back = tree.apply(operations, 2)
      const isChanged = namesOf(tree).join() !== namesOf(smallTree()).join()
      back?.()
      return [isChanged, namesOf(tree)]
    },
    expected: [true, namesOf(smallTree())],
  })),
  ...UNFIT.map(({ rule, name, operations, unfit }) => ({
    rule,
    name,
    found: () => {
      const tree = smallTree()
      const largest = largestBatch(tree, operations, 2)
      const isSame = namesOf(tree).join() === namesOf(smallTree()).join()
      const isSound = tree.apply(largest.fitting, 2) !== undefined
      return [largest.unfit.map(({ id }) => id), isSame, isSound]
    },
    expected: [unfit, true, true],
  })),
]

const synced = (count: number): ReadonlyMap<NodeId, SyncedNode> =>
  new Map(
    Array.from({ length: count }, (_, at) => [
      `n${at}`,
      { parent: 'root', name: `n${at}`, kind: 'file', content: '1-x', key: `k${at}`, stamp: 's' },
    ]),
  )
const ids = (count: number): NodeId[] => Array.from({ length: count }, (_, at) => `n${at}`)

/** A plan of so many deletions, out or in. */
function guarded(
  count: number,
  of: number,
  direction: 'out' | 'in',
  decided?: 'approve' | 'restore',
  about = count,
) {
  const base = synced(of)
  const gone = new Set(ids(count))
  const left = <One>(make: (node: SyncedNode) => One) =>
    new Map([...base].flatMap(([id, node]) => (gone.has(id) ? [] : [[id, make(node)] as const])))
  const all = <One>(make: (node: SyncedNode) => One) =>
    new Map([...base].map(([id, node]) => [id, make(node)] as const))
  const local = (node: SyncedNode) => ({ ...node, look: look({ key: node.key }) })
  const remote = (node: SyncedNode) => ({ ...node, rev: 1, mtimeMs: 1 })
  const trees = {
    base,
    local: direction === 'out' ? left(local) : all(local),
    remote: direction === 'out' ? all(remote) : left(remote),
    missing: new Map(ids(count).map((id) => [id, 2])),
  }
  const decisions = decided ? [{ direction, do: decided, nodes: new Set(ids(about)) }] : []
  const { held, restore } = guard(reconcile(trees, RULES), base, (id) => trees.remote.has(id), { decisions })
  return [held.map(({ direction: way, files, of: total }) => `${way} ${files} of ${total}`), restore.length]
}

const GUARD_ROWS: readonly RuleRow[] = (['out', 'in'] as const).flatMap((way) => [
  { rule: 'G1', name: `${way}: 25 files may go`, found: () => guarded(25, 30, way), expected: [[], 0] },
  {
    rule: 'G1',
    name: `${way}: 26 of 30 are held`,
    found: () => guarded(26, 30, way),
    expected: [[`${way} 26 of 30`], 0],
  },
  { rule: 'G1', name: `${way}: 30 of 100 may go`, found: () => guarded(30, 100, way), expected: [[], 0] },
  {
    rule: 'G1',
    name: `${way}: 31 of 100 are held`,
    found: () => guarded(31, 100, way),
    expected: [[`${way} 31 of 100`], 0],
  },
  {
    rule: 'G1',
    name: `${way}: all of 3 are held`,
    found: () => guarded(3, 3, way),
    expected: [[`${way} 3 of 3`], 0],
  },
  { rule: 'G2', name: `${way}: approved`, found: () => guarded(50, 100, way, 'approve'), expected: [[], 0] },
  {
    rule: 'G2',
    name: `${way}: a part of what was approved`,
    found: () => guarded(40, 100, way, 'approve', 50),
    expected: [[], 0],
  },
  {
    rule: 'G2',
    name: `${way}: far more than was approved`,
    found: () => guarded(90, 100, way, 'approve', 50),
    expected: [[`${way} 40 of 100`], 0],
  },
  {
    rule: 'G3',
    name: `${way}: wanted back`,
    found: () => guarded(50, 100, way, 'restore'),
    expected: [[], 50],
  },
])

/** A file vanished and another is at its path. */
function successor(vanishedBefore: readonly NodeId[], key = 'new'): unknown {
  const nodes = new Map<NodeId, SyncedNode>([
    ['n', { parent: 'root', name: 'a', kind: 'file', content: '1-x', key: 'old', stamp: 's' }],
  ])
  const base = { nodes, idsOf: (wanted: string) => (wanted === 'old' ? ['n'] : []) } as unknown as SyncBase
  const seen: Look = look({ key })
  const sightings = createSightings(createNodeTexts())
  sightings.add({ folder: { path: '', key: 'root' }, name: 'a', look: seen })
  const walk = {
    sightings,
    closed: new Set<string>(),
    outside: new Set<string>(),
    hidden: [],
    staged: new Map(),
  }
  const { isUnsure } = identify(walk, base, new Set(vanishedBefore), 'root', () => 'fresh')
  return [sightings.idAt(0), isUnsure]
}

const IDENTITY_ROWS: readonly RuleRow[] = [
  {
    rule: 'L3',
    name: 'the same thing is the same node',
    found: () => successor([], 'old'),
    expected: ['n', false],
  },
  {
    rule: 'L4',
    name: 'at the first absence nothing is concluded',
    found: () => successor([]),
    expected: ['fresh', true],
  },
  {
    rule: 'L4',
    name: 'at the second its path has a successor',
    found: () => successor(['n']),
    expected: ['n', false],
  },
]

export const JOURNAL_ROWS: readonly RuleRow[] = [...BATCH_ROWS, ...GUARD_ROWS, ...IDENTITY_ROWS]
