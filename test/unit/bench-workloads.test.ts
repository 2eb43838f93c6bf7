import {
  chmodSync,
  cpSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { differences } from '../bench/compare-trees.ts'
import { editSourceTree } from '../bench/workloads/edit.ts'
import { createSeededRandom, draw } from '../bench/workloads/seeded-random.ts'
import { provideWorkload } from '../bench/workloads/workloads.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstow-bench-test-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('chance is the same for the same seed, and draws nothing twice', () => {
  const drawOf = (seed: string) => draw([...Array(50).keys()], 20, createSeededRandom(seed))
  expect(drawOf('a')).toEqual(drawOf('a'))
  expect(drawOf('a')).not.toEqual(drawOf('b'))
  expect(new Set(drawOf('a')).size).toBe(20)
  expect(draw([1, 2, 3], 5, createSeededRandom('a')).sort()).toEqual([1, 2, 3])
  expect(createSeededRandom('a').bytes(100_000)).toEqual(createSeededRandom('a').bytes(100_000))
})

test('W2 is the same each time it is made, grows in place by an edit round, and is made anew afterwards', () => {
  const scale = 0.001
  const first = provideWorkload('W2', join(folder, 'one'), scale)
  const second = provideWorkload('W2', join(folder, 'two'), scale)
  expect(differences(first.folder, second.folder)).toEqual([])
  const path = join(first.folder, 'random.bin')
  const { ino, size } = statSync(path)
  expect(size).toBe(Math.round(1024 ** 3 * scale))

  first.edit()
  expect(statSync(path).ino).toBe(ino)
  const grownBytes = statSync(path).size - size
  expect(grownBytes).toBeGreaterThanOrEqual(8)
  expect(grownBytes).toBeLessThanOrEqual(8 * 4096)
  const old = readFileSync(join(second.folder, 'random.bin'))
  expect(readFileSync(path).subarray(-1000)).toEqual(old.subarray(-1000))
  second.edit()
  expect(differences(first.folder, second.folder)).toEqual([])
  second.edit()
  expect(differences(first.folder, second.folder)).not.toEqual([])

  // Both stamps say "edited"; a fresh tree comes from the recipe, not from the cache.
  const again = provideWorkload('W2', join(folder, 'one'), scale)
  expect(statSync(join(again.folder, 'random.bin')).size).toBe(size)
})

test('W4 has a hundred files a folder, every other one empty', () => {
  const { folder: tree } = provideWorkload('W4', folder, 0.001)
  const names = readdirSync(tree, { recursive: true, encoding: 'utf8' })
  const files = names.map((name) => statSync(join(tree, name))).filter((stats) => stats.isFile())
  expect(files.length).toBe(300)
  expect(files.filter(({ size }) => size === 0).length).toBe(150)
  expect(Math.max(...files.map(({ size }) => size))).toBeLessThan(200)
})

test('an edit round of W1 changes one file in a hundred, never through a link, and the same ones each time', () => {
  const outside = join(folder, 'outside')
  mkdirSync(outside)
  for (let number = 0; number < 100; number++) writeFileSync(join(outside, `out-${number}`), 'kept')
  const tree = join(folder, 'tree')
  for (let box = 0; box < 10; box++) {
    mkdirSync(join(tree, `box-${box}`), { recursive: true })
    for (let number = 0; number < 100; number++)
      writeFileSync(join(tree, `box-${box}`, `file-${number}`), `${box} ${number}`)
  }
  symlinkSync(outside, join(tree, 'link'))
  const twin = join(folder, 'twin')
  cpSync(tree, twin, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  const before = filesOf(tree)

  editSourceTree(tree, 1)
  editSourceTree(twin, 1)
  const after = filesOf(tree)
  expect(filesOf(twin)).toEqual(after)
  const gone = [...before.keys()].filter((path) => !after.has(path))
  const come = [...after.keys()].filter((path) => !before.has(path))
  const changed = [...before].filter(([path, text]) => after.has(path) && after.get(path) !== text)
  expect({ gone: gone.length, come: come.length, changed: changed.length }).toEqual({
    gone: 2 + 2,
    come: 2 + 2,
    changed: 4,
  })
  expect(readdirSync(outside).length).toBe(100)
  for (const name of readdirSync(outside)) expect(readFileSync(join(outside, name), 'utf8')).toBe('kept')
})

function filesOf(tree: string): Map<string, string> {
  const paths = readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('link'))
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(paths.map((path) => [path.slice(tree.length), readFileSync(path, 'latin1')]))
}

test('a restored tree is compared in every respect', () => {
  const one = join(folder, 'one')
  const other = join(folder, 'other')
  for (const tree of [one, other]) {
    mkdirSync(join(tree, 'in'), { recursive: true })
    writeFileSync(join(tree, 'in', 'a'), 'aaa')
    writeFileSync(join(tree, 'b'), 'bbb')
    symlinkSync('b', join(tree, 'link'))
    setTimes(tree)
  }
  const found = () => differences(one, other).map((line) => line.slice(other.length))
  const a = join(other, 'in', 'a')
  expect(found()).toEqual([])

  writeFileSync(a, 'aab')
  setTimes(other)
  expect(found()).toEqual(['/in/a: another content'])
  writeFileSync(a, 'aaa')
  utimesSync(a, 5, 5)
  expect(found()).toEqual(['/in/a: another time'])
  setTimes(other)
  chmodSync(a, 0o600)
  expect(found()).toEqual(['/in/a: another mode'])
  chmodSync(a, 0o644)

  writeFileSync(join(other, 'in', 'c'), '')
  setTimes(other)
  expect(found()).toEqual(['/in/c: should not be there'])
  rmSync(join(other, 'in', 'c'))
  rmSync(a)
  rmSync(join(other, 'link'))
  symlinkSync('a', join(other, 'link'))
  setTimes(other)
  expect(found()).toEqual(['/in/a: missing', '/link: another target'])
  rmSync(join(other, 'link'))
  mkdirSync(join(other, 'link'))
  setTimes(other)
  expect(found()).toEqual(['/in/a: missing', '/link: another type'])
})

function setTimes(tree: string): void {
  for (const name of ['', 'in', 'in/a', 'in/c', 'b', 'link'])
    if (statSync(join(tree, name), { throwIfNoEntry: false })) lutimesSync(join(tree, name), 1000, 1000)
}
