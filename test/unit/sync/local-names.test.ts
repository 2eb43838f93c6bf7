import { expect, test } from 'vitest'
import { createFakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { localNames } from '../../../main/engine/sync/disk/local-names.ts'

const windows = localNames('win32')
const PIECES = [
  ...'abC%25:<>"|?*\\. 3A',
  '%3A',
  '%25',
  '%2E',
  '%20',
  'con',
  'NUL',
  'lpt1',
  '.txt',
  '\u0001',
  'é',
  '😀',
  '¹',
  'com',
  '\ud800',
]

// Written from Microsoft's "Naming Files, Paths, and Namespaces", apart from the code under test.
function isTakenByWindows(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Windows refuses them.
  if (/[<>:"/\\|?*\u0000-\u001f]/.test(name) || /[. ]$/.test(name) || name === '') return false
  const stem = (name.split('.')[0] ?? '').trimEnd().toUpperCase()
  return !/^(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])$/.test(stem)
}

test('every name of a journal can be made on Windows, and is read back as it was', () => {
  const random = createFakeRandom('names')
  const locals = new Map<string, string>()
  for (let round = 0; round < 40_000; round++) {
    const name = Array.from({ length: 1 + random.integer(5) }, () => random.pick(PIECES)).join('')
    if (name === '.' || name === '..') continue
    const local = windows.toLocal(name)
    expect(isTakenByWindows(local), `${JSON.stringify(name)} as ${JSON.stringify(local)}`).toBe(true)
    expect(windows.fromLocal(local)).toBe(name)
    // Two names never become one.
    expect(locals.get(local) ?? name).toBe(name)
    locals.set(local, name)
  }
})

test('what people named there is found again under the name that it is given', () => {
  const random = createFakeRandom('locals')
  for (let round = 0; round < 40_000; round++) {
    const local = Array.from({ length: 1 + random.integer(5) }, () => random.pick(PIECES)).join('')
    if (isTakenByWindows(local)) expect(windows.toLocal(windows.fromLocal(local))).toBe(local)
  }
})

test('plain names stay as they are', () => {
  for (const name of ['a b', '100%', 'a%20b', '.hidden', 'console.log', 'é', '50%25'])
    expect(localNames('linux').toLocal(name)).toBe(name)
  for (const name of ['a b', '100%', 'a%20b', '.hidden', 'console.log', 'é'])
    expect(windows.toLocal(name)).toBe(name)
  expect(windows.toLocal('con.txt')).toBe('%63on.txt')
  expect(windows.toLocal('a:b')).toBe('a%3Ab')
})

test('what would lead out of the folder is no name', () => {
  for (const platform of ['linux', 'win32'] as const)
    for (const name of ['', '.', '..', 'a/b', 'a\0b'])
      expect(() => localNames(platform).toLocal(name), JSON.stringify(name)).toThrow('not a name')
})
