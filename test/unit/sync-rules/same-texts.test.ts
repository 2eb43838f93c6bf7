import { expect, test } from 'vitest'
import {
  type Look,
  type Node,
  plainNode,
  type RemoteNode,
  withTextsOf,
  withTextsOfLook,
} from '../../../main/engine/sync/nodes.ts'

const node: RemoteNode = {
  ...{ parent: 'p', name: 'n', kind: 'file', content: '1-a', rev: 7, mtimeMs: 5.5 },
}

test.each<[string, Node | undefined]>([
  ['nothing', undefined],
  ['an equal node', { parent: 'p', name: 'n', kind: 'file', content: '1-a' }],
  ['one of another name', { parent: 'p', name: 'other', kind: 'file', content: '1-a' }],
  ['one elsewhere', { parent: 'q', name: 'n', kind: 'file', content: '1-a' }],
  ['one with another content', { parent: 'p', name: 'n', kind: 'file', content: '2-b' }],
  ['a folder', { parent: 'p', name: 'n', kind: 'directory' }],
])('whose texts it takes, a node stays what it is: %s', (_, known) => {
  expect(withTextsOf(known, node)).toEqual(node)
  const folder: RemoteNode = { parent: 'p', name: 'n', kind: 'directory', rev: 1, mtimeMs: 2 }
  expect(withTextsOf(known, folder)).toEqual(folder)
  expect('content' in withTextsOf(known, folder)).toBe(false)
})

test('a look stays what it is, too', () => {
  const look: Look = { kind: 'file', key: '1:2:f', stamp: '3:4:5', mtimeMs: 6, names: 2 }
  for (const known of [look, { key: 'other', stamp: look.stamp }, { key: look.key, stamp: 'other' }])
    expect(withTextsOfLook(known, look)).toEqual(look)
})

test('a plain node is no more than a node', () => {
  expect(plainNode(node)).toEqual({ parent: 'p', name: 'n', kind: 'file', content: '1-a' })
  expect('content' in plainNode({ parent: 'p', name: 'n', kind: 'directory' })).toBe(false)
})
