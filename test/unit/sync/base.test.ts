import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSyncBase } from '../../../main/engine/sync/base/open-sync-base.ts'
import type { SyncedNode } from '../../../main/engine/sync/nodes.ts'
import type { Intent } from '../../../main/engine/sync/ports.ts'
import { pause } from './disk-ground.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstow-base-'))
  path = join(folder, 'space.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const node = (key: string, more: Partial<SyncedNode> = {}): SyncedNode => ({
  parent: 'root',
  name: `n${key}`,
  kind: 'file',
  content: '1-a',
  key,
  stamp: 's',
  ...more,
})
const intent = (slot: number, rid: string): Intent => ({
  slot,
  batch: { rid, device: 'd', atMs: 0, operations: [{ do: 'delete', id: 'a', base: 1 }] },
  looks: [['a', { key: '1', stamp: 's' }]],
})

test('what was changed is there when it is opened again', () => {
  const base = openSyncBase(path)
  base.change([
    ['a', node('1', { side: 'other' })],
    ['b', node('1')],
    ['c', { parent: 'root', name: '\ud83d\ude00 \u0301', kind: 'directory', key: '2', stamp: '' }],
    ['d', node('3')],
  ])
  base.change([
    ['d', undefined],
    ['b', node('1', { name: 'moved' })],
  ])
  base.intend(intent(4, 'x'))
  base.intend(intent(4, 'y'))
  base.facts.set({ device: 'one', gone: '1' })
  base.facts.set({ gone: undefined })
  const before = new Map(base.nodes)
  base.close()
  const again = openSyncBase(path)
  expect(new Map(again.nodes)).toEqual(before)
  expect(again.nodes.get('c')).not.toHaveProperty('content')
  expect([...again.idsOf('1')].sort()).toEqual(['a', 'b'])
  expect(again.idsOf('3')).toEqual([])
  expect(again.intents).toEqual([intent(4, 'x'), intent(4, 'y')])
  expect(again.facts.get('device')).toBe('one')
  expect(again.facts.get('gone')).toBeUndefined()
  again.intend(intent(5, 'z'))
  expect(again.intents).toEqual([intent(5, 'z')])
  again.settle([['a', undefined]])
  again.close()
  const last = openSyncBase(path)
  expect(last.intents).toEqual([])
  expect(last.idsOf('1')).toEqual(['b'])
  last.forgetAll()
  last.close()
  const empty = openSyncBase(path)
  expect([...empty.nodes]).toEqual([])
  expect(empty.idsOf('1')).toEqual([])
  expect(empty.facts.get('device')).toBe('one')
  empty.close()
})

test('a process that is killed at any moment leaves whole transactions, and none that it told of is gone', async () => {
  let last = 0
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'base-child.ts'), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let told = ''
    child.stdout.on('data', (bytes: Buffer) => {
      told += bytes.toString()
    })
    await once(child.stdout, 'data')
    await pause(10 + round * 17)
    child.kill('SIGKILL')
    await once(child, 'close')
    const whole = told.slice(0, told.lastIndexOf('\n')).split('\n')
    last = Number(whole.at(-1))
    const base = openSyncBase(path)
    const [one, two] = [base.nodes.get('one'), base.nodes.get('two')]
    expect(one).toEqual(two)
    expect(Number(one?.name)).toBeGreaterThanOrEqual(last)
    expect(Number(one?.name)).toBeLessThanOrEqual(last + 1)
    // An intent that was not settled is still there, and no other.
    for (const each of base.intents) expect(each.slot).toBe(Number(one?.name) + 1)
    base.close()
  }
  expect(last).toBeGreaterThan(20)
})

test('of what the disk lost in a power cut only the last changes are gone, and nothing from before an intent', () => {
  const base = openSyncBase(path)
  base.change([['a', node('1')]])
  base.intend(intent(4, 'x'))
  const durable = statSync(`${path}-wal`).size
  const names: string[] = []
  const sizes: number[] = []
  for (let count = 0; count < 8; count++) {
    base.change([[`n${count}`, node(`${count}`)]])
    names.push(`n${count}`)
    sizes.push(statSync(`${path}-wal`).size)
  }
  const log = readFileSync(`${path}-wal`)
  const lose = (name: string, left: Buffer): string[] => {
    const copy = join(folder, name)
    copyFileSync(path, copy)
    writeFileSync(`${copy}-wal`, left)
    const after = openSyncBase(copy)
    expect(after.intents).toEqual([intent(4, 'x')])
    expect(after.nodes.has('a')).toBe(true)
    const found = [...after.nodes.keys()].filter((id) => id !== 'a').sort()
    after.close()
    return found
  }
  for (const [count, size] of [durable, ...sizes].entries()) {
    expect(lose(`cut${count}`, log.subarray(0, size))).toEqual(names.slice(0, count))
    if (size === log.length) continue
    expect(lose(`torn${count}`, log.subarray(0, size + 100))).toEqual(names.slice(0, count))
    // Later blocks may have reached the disk without earlier ones.
    const gap = Buffer.from(log).fill(0, size, size + 512)
    expect(lose(`gap${count}`, gap)).toEqual(names.slice(0, count))
  }
  base.close()
})

test('what is no base, or a newer one, is said to be damaged', () => {
  writeFileSync(
    path,
    'not a database at all, but a text that is long enough for a header of one, and more of it',
  )
  expect(() => openSyncBase(path)).toThrow(expect.objectContaining({ code: 'sync-base-damaged' }))
})
