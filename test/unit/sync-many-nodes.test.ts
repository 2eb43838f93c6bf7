import { expect, test } from 'vitest'
import { largestBatch } from '../../main/engine/sync/largest-batch.ts'
import type { LocalNode, NodeId } from '../../main/engine/sync/nodes.ts'
import type { Operation } from '../../main/engine/sync/operations.ts'
import { creationOf, reconcile } from '../../main/engine/sync/reconcile.ts'
import { createRemoteTree } from '../../main/engine/sync/remote-tree.ts'
import { createLocalRows, createNodeTexts, createRemoteRows } from '../../main/engine/sync/rows/node-rows.ts'
import { file, folder } from './sync-journal-rows.ts'
import { look, RULES } from './sync-rows.ts'

const MANY = 200_000
const ROW = 10_000
/** Some tenths of a second on a machine of its own; what is quadratic takes minutes. */
const LONGEST_MS = 60_000

/** Twenty to a folder, folders in folders. */
function* bigTree(): Generator<Operation> {
  for (let at = 0; at < MANY; at++) {
    const isFolder = at % 20 === 0
    const above = isFolder ? Math.floor(at / 400) * 20 : at - (at % 20)
    const parent = at < 20 && isFolder ? 'root' : `n${above}`
    yield isFolder ? folder(`n${at}`, `folder ${at}`, parent) : file(`n${at}`, `file ${at}`, parent)
  }
}

function expectSoon<Result>(act: () => Result): Result {
  const start = performance.now()
  const result = act()
  expect(performance.now() - start).toBeLessThan(LONGEST_MS)
  return result
}

test('R2, P2: 200,000 new files are planned and checked in one go', () => {
  const texts = createNodeTexts()
  const local = createLocalRows(texts)
  for (const operation of bigTree())
    if (operation.do === 'create')
      local.set(operation.id, { ...operation, look: look({ kind: operation.kind }) })
  const none = new Map<NodeId, never>()
  const plan = expectSoon(() => reconcile({ base: none, local, remote: none, missing: none }, RULES))
  const push = [...plan.push, ...plan.create.map((id) => creationOf(id, local.get(id) as LocalNode))]
  expect(push).toHaveLength(MANY)
  const tree = createRemoteTree(createRemoteRows(texts))
  expect(expectSoon(() => largestBatch(tree, push, 1)).unfit).toEqual([])
  expect(tree.nodes.size).toBe(0)
  expect(expectSoon(() => tree.apply(push, 1))).toBeDefined()
  const { make } = expectSoon(() =>
    reconcile({ base: none, local: none, remote: tree.nodes, missing: none }, RULES),
  )
  expect(make).toHaveLength(MANY)
})

const row = (): Operation[] => Array.from({ length: ROW }, (_, at) => file(`n${at}`, `n${at}`))
const toName = (at: number, name: number): Operation => ({
  do: 'move',
  id: `n${at}`,
  parent: 'root',
  name: `n${name}`,
  base: 1,
})
const OUTCAST = file('z', 'z', 'nowhere')

test.each([
  { name: 'clash', operations: row().map((each) => ({ ...each, id: `m${each.id}` })), unfit: ROW },
  {
    name: 'change places, two by two',
    operations: [...row().map((_, at) => toName(at, at ^ 1)), OUTCAST],
    unfit: 1,
  },
  {
    name: 'each take the next one',
    operations: [...row().map((_, at) => toName(at, at + 1)), OUTCAST],
    unfit: 1,
  },
  {
    name: 'each wait for the next one, and the last cannot go',
    operations: [
      ...row()
        .slice(1)
        .map((_, at) => toName(at, at + 1)),
      OUTCAST,
    ],
    unfit: ROW,
  },
])('P2: of 10,000 names that $name the largest batch is found soon', ({ operations, unfit }) => {
  const tree = createRemoteTree()
  tree.apply(row(), 1)
  expect(expectSoon(() => largestBatch(tree, operations, 2)).unfit).toHaveLength(unfit)
})
