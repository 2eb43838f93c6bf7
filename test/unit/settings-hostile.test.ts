import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseEnv } from '../../main/app/env-import/parse-env.ts'
import { openConfiguration } from '../../main/engine/catalogue/configuration.ts'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'

const GOOD = {
  version: 1,
  destinations: [{ id: 'd', name: 'disk', type: 'local', path: '/disk' }],
  plans: [
    {
      id: 'p',
      name: 'papers',
      sources: ['/papers'],
      format: 'snapshot',
      destinationIds: ['d'],
      schedule: 'manual',
    },
  ],
  preferences: { language: 'fr' },
}
const TEXT = JSON.stringify(GOOD, null, 2)

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstow-settings-'))
  path = join(folder, 'settings.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (content: string | Buffer) => {
  writeFileSync(path, content)
  return openConfiguration(path, nodeFiles, (task) => task())
}

test.each([
  ['as it is written', TEXT],
  ['with a byte-order mark', `\uFEFF${TEXT}`],
  ['with Windows line ends', TEXT.replaceAll('\n', '\r\n')],
  ['in one line', JSON.stringify(GOOD)],
])('a settings file %s is read whole', async (_, text) => {
  const { plans, destinations, preferences } = await open(text).read()
  expect([plans, destinations, preferences]).toMatchObject([GOOD.plans, GOOD.destinations, GOOD.preferences])
})

describe('a settings file that somebody broke', () => {
  const lines = TEXT.split('\n')
  const broken = (at: number, from: string | RegExp, to: string) =>
    lines.with(at - 1, (lines[at - 1] ?? '').replace(from, to)).join('\n')

  test.each([
    ['an unclosed quote', broken(6, 'disk",', 'disk,'), 6],
    ['an unclosed quote and Windows line ends', broken(6, 'disk",', 'disk,').replaceAll('\n', '\r\n'), 6],
    ['a comma too much', broken(8, '"/disk"', '"/disk",'), 9],
    ['a comma too few', broken(7, ',', ''), 8],
    ['a word that is none', broken(2, '1', 'canary-secret'), 2],
    ['a raw control character', broken(6, 'disk', 'di\u0000sk'), 6],
    ['half of it', lines.slice(0, 12).join('\n'), 12],
    ['nothing', '', 1],
    ['something behind it', `${TEXT}\n\n}`, lines.length + 2],
    ['brackets a hundred thousand deep', `{"plans":\n${'['.repeat(100_000)}`, 2],
  ])(
    '%s: the error names the line and quotes nothing; nothing is read and nothing overwritten',
    async (_, text, line) => {
      const file = open(text)
      const error = await file.read().catch((caught: unknown) => caught)
      expect(error).toMatchObject({ code: 'settings-invalid', data: { path, line, reason: 'json' } })
      expect(JSON.stringify((error as { data: unknown }).data)).not.toContain('canary')
      await expect(file.update((current) => ({ ...current, plans: [] }))).rejects.toThrow()
      expect(readFileSync(path, 'utf8')).toBe(text)
      expect(readdirSync(folder)).toEqual(['settings.json'])
    },
  )

  test.each<[string, object | null | string, string]>([
    ['of another version', { ...GOOD, version: 2 }, 'version'],
    [
      'with a plan that has no sources',
      { ...GOOD, plans: [{ ...GOOD.plans[0], sources: [] }] },
      'plans.0.sources',
    ],
    [
      'with a schedule that is none',
      { ...GOOD, plans: [{ ...GOOD.plans[0], schedule: 'at dawn' }] },
      'schedule',
    ],
    [
      'with a place of no kind',
      { ...GOOD, destinations: [{ id: 'd', name: 'x', type: 'tape' }] },
      'destinations.0.type',
    ],
    ['that is a list', [], ''],
    ['that is null', null, ''],
  ])('%s is refused as a whole, and the field is named', async (_, content, field) => {
    const file = open(JSON.stringify(content))
    const error = await file.read().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: expect.stringMatching(/^(settings-invalid|invalid-input)$/) })
    expect(JSON.stringify((error as { data: unknown }).data)).toContain(field)
  })

  test('with a line of 10 MB, it is refused by its size and not read', async () => {
    const file = open(TEXT.replace('papers', 'x'.repeat(10 * 1024 * 1024)))
    await expect(file.read()).rejects.toMatchObject({ code: 'settings-invalid', data: { reason: 'size' } })
  })

  test('keys of prototypes change nothing', async () => {
    const evil = '{"polluted":true,"language":"xx","destinations":[]}'
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const text = JSON.stringify({ ...GOOD, preferences: {} })
        .replace('"preferences":{}', `"preferences":{"${key}":${evil}},"${key}":${evil}`)
        .replace('"id":"d"', `"${key}":${evil},"id":"d"`)
      const configuration = await open(text).read()
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
      expect(configuration.destinations).toHaveLength(1)
      for (const each of [configuration, configuration.preferences, configuration.destinations[0]])
        expect(Reflect.get(each ?? {}, 'polluted')).toBeUndefined()
    }
  })
})

describe('an .env file', () => {
  const big = 'x'.repeat(10 * 1024 * 1024)
  test.each([
    ['a line of 10 MB', `\uFEFFA=1\r\nB=${big}\r\n`, 2],
    ['a quote that never closes over 10 MB', `A="${big}`, 1],
    ['an unclosed quote', '\uFEFFA=1\r\nB=2\r\nC="canary\r\nD=4', 3],
    ['a quote closed by the next line', "A='canary\n'", 1],
    ['something behind a quote', 'A="canary" b', 1],
    ['a NUL', 'A=1\n\nB=canary\0', 3],
    ['a name of prototypes without a value', '__proto__', 1],
  ])('with %s is refused whole; the error names the line and quotes nothing', (_, text, line) => {
    const refused = expect.objectContaining({
      code: 'env-file-invalid',
      data: expect.objectContaining({ line }),
    })
    expect(() => parseEnv(text)).toThrow(refused)
    expect(() => parseEnv(text)).not.toThrow(/canary/)
  })

  test('may say anything of prototypes', () => {
    const entries = parseEnv('__proto__=1\nconstructor=2\nA=3')
    expect(entries.map(({ name, value }) => [name, value])).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
      ['A', '3'],
    ])
  })
})
