import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compilePath,
  compilePaths,
  isInsidePath,
  isSensiblePattern,
} from '../../../main/engine/model/path-pattern.ts'

const covers = (pattern: string, path: string) => compilePaths([pattern]).covers(path)
const leadsOn = (pattern: string, folder: string) => compilePaths([pattern]).leadsOn(folder)

describe('what a pattern covers', () => {
  test.each([
    ['papers', 'papers'],
    ['papers', 'papers/2026/a.json'],
    ['papers/', 'papers/a.json'],
    ['papers/*.json', 'papers/a.json'],
    ['papers/*', 'papers/2026/a.json'],
    ['papers/202?', 'papers/2026/a.json'],
    ['**/a.json', 'a.json'],
    ['**/a.json', 'papers/2026/a.json'],
    ['papers/**', 'papers/2026/a.json'],
    ['papers/**/a.json', 'papers/a.json'],
    ['**/2026/**/a.json', 'papers/2026/x/y/a.json'],
    ['caf\u00e9', 'cafe\u0301/a'],
    ['cafe\u0301', 'caf\u00e9/a'],
    ['a[1]', 'a[1]/b'],
    ['{a,b}', '{a,b}'],
  ])('%s: %s', (pattern, path) => expect(covers(pattern, path)).toBe(true))

  test.each([
    ['papers', 'papers-of-others/a.json'],
    ['papers', 'paper'],
    ['papers', 'Papers/a.json'],
    ['papers', 'other/papers'],
    ['papers', ''],
    ['papers/2026', 'papers'],
    ['papers/*.json', 'papers/a.jsonx'],
    ['papers/*.json', 'papers/2026/a.txt'],
    ['papers/202?', 'papers/202'],
    ['**/a.json', 'papers/a.jsonl'],
    ['a[12]', 'a1'],
    ['{a,b}', 'a'],
    ['!papers', 'other'],
    ['papers', 'papers\\..\\other'],
  ])('%s: not %s', (pattern, path) => expect(covers(pattern, path)).toBe(false))

  test('it leads on where it may still come to something, and nowhere else', () => {
    for (const folder of ['', 'a', 'a/b', 'a/b/c', 'a/b/c/d'])
      expect(leadsOn('a/b/c', folder), folder).toBe(true)
    for (const folder of ['b', 'a/c', 'ab', 'A']) expect(leadsOn('a/b/c', folder), folder).toBe(false)
    expect(leadsOn('**/x', 'anything/at/all')).toBe(true)
    expect(leadsOn('*/x', 'a/y')).toBe(false)
  })

  test('whatever it covers, all folders above it lead to', () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'ba', 'aab')
    const part = fc.constantFrom('a', 'b', '*', '**', '?', 'a*', '*b', '?b')
    const paths = fc.array(name, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), paths, (pattern, names) => {
        const { covers: doesCover, leadsOn: doesLead } = compilePaths([pattern.join('/')])
        if (!doesCover(names.join('/'))) return
        for (let depth = 0; depth <= names.length; depth++)
          expect(doesLead(names.slice(0, depth).join('/'))).toBe(true)
        expect(doesCover([...names, 'deeper'].join('/'))).toBe(true)
      }),
    )
  })

  test('names with stars are as expressions have them', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?', '😀'), { maxLength: 8 })
    const name = fc.array(fc.constantFrom('a', 'b', '😀'), { maxLength: 8 })
    fc.assert(
      fc.property(pattern, name, (wanted, letters) => {
        const source = wanted.map((each) => (each === '*' ? '.*' : each === '?' ? '.' : each)).join('')
        const isMeant = new RegExp(`^${source}$`, 'u').test(letters.join(''))
        // One before it, because nothing is no name, and two stars are several names.
        fc.pre(!wanted.join('').includes('**'))
        expect(compilePath(`x${wanted.join('')}`)(`x${letters.join('')}`)).toBe(isMeant)
      }),
    )
  })

  test('no pattern takes longer the more stars it has', () => {
    const pattern = `${'*a'.repeat(500)}*b`
    expect(covers(pattern, 'a'.repeat(2_000))).toBe(false)
    const isMeant = compilePath(`${'**/'.repeat(8_000)}${'**/*/'.repeat(50)}b`)
    for (let file = 0; file < 20_000; file++) expect(isMeant(`a/a/a/a/a/a/a/a/${file}`)).toBe(false)
    expect(covers(Array(40).fill('**').join('/a/'), Array(200).fill('a').join('/'))).toBe(true)
  })
})

test('patterns that cannot be meant', () => {
  for (const good of ['papers', 'papers/', '**', '**/*.json', 'a/**/b', 'C', 'a b/ü', '...', '..a'])
    expect(isSensiblePattern(good), good).toBe(true)
  for (const bad of [
    '',
    '/',
    '/papers',
    '../x',
    'a/../b',
    './a',
    'a//b',
    'a\\b',
    'C:\\a',
    'a\0',
    'a**',
    '***',
  ])
    expect(isSensiblePattern(bad), bad).toBe(false)
})

test('paths that a backup may hold', () => {
  for (const good of ['a', 'a/b', '...', 'a\\b', 'a b.', '..a/b..'])
    expect(isInsidePath(good), good).toBe(true)
  for (const bad of ['', '/', '/a', 'a/', 'a//b', '.', './a', 'a/.', '..', '../a', 'a/../b', 'a\0b'])
    expect(isInsidePath(bad), bad).toBe(false)
})
