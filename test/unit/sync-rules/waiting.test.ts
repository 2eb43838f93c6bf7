import { expect, test } from 'vitest'
import { ROOT } from '../../../main/engine/sync/nodes.ts'
import type { Operation } from '../../../main/engine/sync/operations.ts'
import { createRemoteTree } from '../../../main/engine/sync/remote-tree.ts'
import { withoutWaiting } from '../../../main/engine/sync/waiting.ts'

const directory = (id: string, parent: string, name: string): Operation => ({
  do: 'create',
  id,
  parent,
  name,
  kind: 'directory',
  mtimeMs: 0,
})
const file = (id: string, parent: string, name: string): Operation => ({
  do: 'create',
  id,
  parent,
  name,
  kind: 'file',
  content: `1-${id}`,
  mtimeMs: 0,
})

/** A folder `d` with the files `a` and `b` in it, and beside it the file `c`. */
function someTree() {
  const tree = createRemoteTree()
  tree.apply([directory('d', ROOT, 'd'), file('a', 'd', 'a'), file('b', 'd', 'b'), file('c', ROOT, 'c')], 1)
  return tree
}

const pushed = (operations: readonly Operation[], ...waiting: string[]) =>
  withoutWaiting(someTree(), operations, ({ id }) => waiting.includes(id)).map(({ id }) => id)

test('P3: what nobody lets wait is pushed as it is', () => {
  const operations = [file('x', ROOT, 'x'), { do: 'delete', id: 'a', base: 1 }] as const
  expect(withoutWaiting(someTree(), operations, () => false)).toBe(operations)
})

test('P3: with a new folder waits what is new in it, however deep', () => {
  const operations = [
    directory('n', ROOT, 'n'),
    directory('m', 'n', 'm'),
    file('x', 'm', 'x'),
    file('y', ROOT, 'y'),
  ]
  expect(pushed(operations, 'n')).toEqual(['y'])
})

test('P3: with the deletion of a file waits that of its folder', () => {
  const operations: Operation[] = ['a', 'b', 'd'].map((id) => ({ do: 'delete', id, base: 1 }))
  expect(pushed(operations, 'a')).toEqual(['b'])
})

test('P3: with what still holds a name waits what would take it, in either case of its letters', () => {
  const away: Operation = { do: 'move', id: 'c', parent: 'd', name: 'c', base: 1 }
  expect(pushed([away, file('x', ROOT, 'C'), file('y', ROOT, 'y')], 'c')).toEqual(['y'])
  expect(pushed([away, file('x', 'd', 'C')], 'c')).toEqual([])
})

test('P3: what waits leaves the rest sound together', () => {
  const tree = someTree()
  const operations: Operation[] = [
    { do: 'move', id: 'c', parent: 'd', name: 'c', base: 1 },
    { do: 'move', id: 'a', parent: ROOT, name: 'c', base: 1 },
    { do: 'move', id: 'b', parent: 'd', name: 'a', base: 1 },
    { do: 'delete', id: 'd', base: 1 },
  ]
  for (const waiting of ['a', 'b', 'c', 'd']) {
    const rest = withoutWaiting(tree, operations.slice(0, 3), ({ id }) => id === waiting)
    const back = tree.apply(rest, 2)
    expect(back, waiting).toBeDefined()
    back?.()
  }
})
