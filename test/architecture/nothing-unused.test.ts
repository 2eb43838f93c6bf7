import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const code = new Map(
  files
    .filter((file) => /^(main|preload|renderer|bin|packaging|test)\/.*\.(ts|tsx|mjs)$/.test(file))
    .map((file) => [file, read(file)]),
)
const ships = new Map([...code].filter(([file]) => !file.startsWith('test/')))

/** How often each word stands in a file, comments apart. */
const words = new Map(
  [...code].map(([file, text]) => {
    const counts = new Map<string, number>()
    const plain = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    for (const [word] of plain.matchAll(/[A-Za-z_$][\w$]*/g)) counts.set(word, (counts.get(word) ?? 0) + 1)
    return [file, counts]
  }),
)

const EXPORTED =
  /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^export (?:async |abstract )?(?:function\*?|const|class|interface|type|enum) (\w+)/gm
/** Programs begin in them, packages are asked for by them, and tests stand on them. */
const ASKED_FOR_FROM_OUTSIDE =
  /^main\/hosts\/(cli|headless|electron|library)\/index\.ts$|^main\/engine\/(env\/fake|storage\/memory)\/|^packaging\/after-pack\.mjs$|\.d\.mts$/

test('whatever is exported is used by what ships, or says that tests use it', () => {
  const exported = [...ships].flatMap(([file, text]) =>
    ASKED_FOR_FROM_OUTSIDE.test(file)
      ? []
      : [...text.matchAll(EXPORTED)].map(([, comment = '', name = '']) => ({ file, comment, name })),
  )
  expect(exported.length).toBeGreaterThan(3000)
  const unused = exported.filter(
    ({ file, comment, name }) =>
      !/\btests?\b/.test(comment) &&
      (words.get(file)?.get(name) ?? 0) < 2 &&
      !ships.keys().some((other) => other !== file && words.get(other)?.has(name)),
  )
  expect(unused.map(({ file, name }) => `${file}: ${name}`)).toEqual([])
})

test('every module is imported or started by something', () => {
  const named = new Set([...code.values()].flatMap((text) => text.match(/[\w.-]+\.(?:ts|tsx|mjs)\b/g) ?? []))
  for (const file of [
    'package.json',
    '.dependency-cruiser.mjs',
    'vite.program.config.ts',
    'vitest.config.ts',
  ])
    for (const name of read(file).match(/[\w.-]+\.(?:ts|tsx|mjs)\b/g) ?? []) named.add(name)
  for (const file of files.filter((each) => /\.(html|yml|md)$/.test(each)))
    for (const name of read(file).match(/[\w.-]+\.(?:ts|tsx|mjs)\b/g) ?? []) named.add(name)
  const alone = [...code.keys()].filter(
    (file) =>
      !/\.(test\.ts|d\.mts)$/.test(file) && !file.includes('/fixtures/') && !named.has(basename(file)),
  )
  expect(alone).toEqual([])
})

test('every class of a style sheet is asked for, and every class that is asked for is there', () => {
  const sheets = files.filter((file) => /^renderer\/.*\.module\.css$/.test(file))
  expect(sheets.length).toBeGreaterThan(30)
  const wrong = sheets.flatMap((sheet) => {
    const classes = new Set([...read(sheet).matchAll(/\.([a-zA-Z][\w-]*)/g)].map(([, name = '']) => name))
    const users = [...ships.entries()].flatMap(([file, text]) => {
      const imported = [...text.matchAll(/import (\w+) from '([^']+\.module\.css)'/g)].find(
        ([, , path = '']) => join(file, '..', path) === sheet,
      )
      return imported ? [{ file, text, name: imported[1] ?? '' }] : []
    })
    const isByName = users.some(({ text, name }) => text.includes(`${name}[`))
    const unasked = [...classes].filter(
      (each) =>
        !each.startsWith('mantine-') &&
        !isByName &&
        !users.some(({ text, name }) => new RegExp(`\\b${name}\\.${each}\\b`).test(text)),
    )
    const missing = users.flatMap(({ file, text, name }) =>
      [...text.matchAll(new RegExp(`(?<![\\w./'-])${name}\\.(\\w+)`, 'g'))]
        .map(([, each = '']) => each)
        .filter((each) => !classes.has(each))
        .map((each) => `${file}: ${each} is not in ${sheet}`),
    )
    return [...unasked.map((each) => `${sheet}: ${each}`), ...missing]
  })
  expect(wrong).toEqual([])
})

test('every text is said somewhere', () => {
  const source = [...ships.values()].join('\n')
  const literals = new Set([...source.matchAll(/['"`]([\w.-]+)['"`]/g)].map(([, text = '']) => text))
  const patterns = [...source.matchAll(/`([^`\n$]*(?:\$\{[^}`\n]*\}[^`\n$]*)+)`/g)]
    .map(([, text = '']) => text.split(/\$\{[^}]*\}/))
    .filter((parts) => parts.some((part) => part.length > 3) && parts.every((part) => /^[\w.-]*$/.test(part)))
    .map((parts) => new RegExp(`^${parts.map((part) => part.replaceAll('.', '\\.')).join('.+')}$`))
  const isSaid = (key: string): boolean => {
    const parts = key.split('.')
    return (
      literals.has(key) ||
      patterns.some((pattern) => pattern.test(key)) ||
      parts.some(
        (_, at) => literals.has(parts.slice(0, at).join('.')) && literals.has(parts.slice(at).join('.')),
      )
    )
  }
  const keys = keysOf(JSON.parse(read('assets/locales/en.json')) as Texts, [])
  expect(keys.length).toBeGreaterThan(3000)
  const unsaid = new Set(
    keys
      // The page of a recovery kit takes all of its texts at once.
      .filter((key) => !key.startsWith('kit.'))
      .map((key) => key.replace(/_(zero|one|two|few|many|other)$/, ''))
      .filter((key) => !isSaid(key)),
  )
  expect([...unsaid]).toEqual([])
})

interface Texts {
  readonly [key: string]: string | Texts
}

function keysOf(texts: Texts, above: readonly string[]): string[] {
  return Object.entries(texts).flatMap(([key, text]) =>
    typeof text === 'string' ? [[...above, key].join('.')] : keysOf(text, [...above, key]),
  )
}
