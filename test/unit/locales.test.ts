import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import en from '../../assets/locales/en.json' with { type: 'json' }
import fr from '../../assets/locales/fr.json' with { type: 'json' }

const root = join(import.meta.dirname, '../..')

/** Every sentence by its full key. */
function sentencesOf(tree: object, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(tree)) {
    const key = prefix ? `${prefix}.${name}` : name
    if (typeof value === 'string') found.set(key, value)
    else for (const [inner, text] of sentencesOf(value, key)) found.set(inner, text)
  }
  return found
}

const english = sentencesOf(en)
const french = sentencesOf(fr)

function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1] ?? '').sort()
}

test('both languages say the same things', () => {
  expect(english.size).toBeGreaterThan(700)
  expect([...french.keys()].sort()).toEqual([...english.keys()].sort())
})

test('a sentence takes the same facts in both languages', () => {
  const differing = [...english].filter(
    ([key, text]) => placeholdersOf(text).join() !== placeholdersOf(french.get(key) ?? '').join(),
  )
  expect(differing.map(([key]) => key)).toEqual([])
})

test('no sentence is empty', () => {
  for (const [key, text] of [...english, ...french]) expect(text.trim(), key).not.toBe('')
})

test('every plural has both its forms', () => {
  const forms = [...english.keys()].filter((key) => /_(one|other)$/.test(key))
  expect(forms.length).toBeGreaterThan(40)
  for (const key of forms) {
    expect(english.has(key.replace(/_one$/, '_other')), key).toBe(true)
    expect(english.has(key.replace(/_other$/, '_one')), key).toBe(true)
  }
})

test('every error of the engine says what happened, what is safe and what to do', () => {
  const source = readFileSync(join(root, 'main/engine/model/errors.ts'), 'utf8')
  const union = /export type ErrorCode =([\s\S]*?)\n\n/.exec(source)?.[1] ?? ''
  const codes = [...union.matchAll(/\| '([a-z-]+)'/g)].map((match) => match[1] ?? '')
  expect(codes.length).toBeGreaterThan(40)
  for (const code of codes) {
    for (const part of ['what', 'safe', 'do']) {
      expect(english.has(`errors.${code}.${part}`), `errors.${code}.${part}`).toBe(true)
    }
  }
  expect(Object.keys(en.errors).sort()).toEqual([...codes].sort())
})

/** Sources of ours below a folder. */
function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readFileSync(join(root, folder, path), 'utf8'))
}

function known(key: string): boolean {
  return english.has(key) || english.has(`${key}_other`)
}

test('the window asks for no sentence that is not there', () => {
  const sources = sourcesBelow('renderer')
  expect(sources.length).toBeGreaterThan(60)
  const literal = sources.flatMap((text) => [...text.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map((m) => m[1] ?? ''))
  expect(literal.length).toBeGreaterThan(200)
  expect(literal.filter((key) => !known(key))).toEqual([])

  // `t(`runs.title.${kind}`)`: at least the group must be there.
  const grouped = sources.flatMap((text) =>
    [...text.matchAll(/\bt\(\s*`([\w.-]+)\.\$\{/g)].map((m) => `${m[1]}.`),
  )
  expect(grouped.length).toBeGreaterThan(15)
  const keys = [...english.keys()]
  expect(grouped.filter((group) => !keys.some((key) => key.startsWith(group)))).toEqual([])
})

test('the engine emits no sentence that is not there', () => {
  const sources = sourcesBelow('main/app')
  const emitted = sources.flatMap((text) =>
    [...text.matchAll(/'((?:status|notices|checks|env)\.[A-Za-z]+)'/g)].map((match) => match[1] ?? ''),
  )
  const calls = /^(status\.get|env\.import)$/
  expect(emitted.length).toBeGreaterThan(15)
  expect([...new Set(emitted)].filter((key) => !calls.test(key) && !known(key))).toEqual([])
})

test('French is set as French is: typographic apostrophes, and no plain space before high punctuation', () => {
  for (const [key, text] of french) {
    // What a terminal shows may quote names with straight marks; everything else may not.
    if (key.startsWith('cli.')) continue
    expect(text, key).not.toMatch(/\w'\w/)
    expect(text, key).not.toMatch(/ [;:!?»]|« /)
  }
})
