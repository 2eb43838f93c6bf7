import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import en from '../../assets/locales/en.json' with { type: 'json' }
import { createTexts } from '../../main/app/text.ts'
import type { CommandHost } from '../../main/hosts/cli/command-host.ts'
import { defaultDataFolder } from '../../main/hosts/cli/data-folder.ts'
import { exitStatusOf } from '../../main/hosts/cli/exit-status.ts'
import {
  bytesPerSecond,
  days,
  hours,
  percent,
  sizeInBytes,
  wholeNumber,
} from '../../main/hosts/cli/options/amounts.ts'
import { keepAtOption, keepOption } from '../../main/hosts/cli/options/keep-option.ts'
import { numberedWords } from '../../main/hosts/cli/output/numbered-words.ts'
import { paintFor } from '../../main/hosts/cli/output/paint.ts'
import { createSay } from '../../main/hosts/cli/output/say.ts'
import { facts, table } from '../../main/hosts/cli/output/table.ts'
import { keepEnd, safeText, widthOf } from '../../main/hosts/cli/output/terminal-text.ts'
import { peekCommand, peekOptions } from '../../main/hosts/cli/peek-options.ts'
import { createProgram } from '../../main/hosts/cli/program.ts'
import { parseSecretFile } from '../../main/hosts/cli/secrets/parse-secret-file.ts'
import { LONGEST_SECRET_BYTES } from '../../main/hosts/cli/secrets/read-secret-file.ts'
import { secretsInEnvironment } from '../../main/hosts/cli/secrets/secret-names.ts'
import { takeSecrets } from '../../main/hosts/cli/secrets/take-secrets.ts'
import { absolutePath, absoluteSource } from '../../main/hosts/cli/typed-path.ts'

describe('typed amounts', () => {
  test.each([
    ['5MB', 5_000_000],
    ['500k', 500_000],
    ['1MiB/s', 1_048_576],
    ['1.5 GB', 1_500_000_000],
    ['800', 800],
  ])('%s a second', (text, bytes) => expect(bytesPerSecond(text)).toBe(bytes))
  test.each(['', '0', 'fast', '-5MB', '5TB', '5 M B'])('“%s” is no rate', (text) =>
    expect(() => bytesPerSecond(text)).toThrow(),
  )
  test.each([
    ['30', 30],
    ['8w', 56],
    ['6m', 180],
    ['1Y', 365],
  ])('%s days', (text, count) => expect(days(text)).toBe(count))
  test.each(['', '0', '-1', '1.5d', 'forever'])('“%s” is no span', (text) =>
    expect(() => days(text)).toThrow(),
  )
  test.each([
    ['50GB', 50e9],
    ['1.5TiB', 1.5 * 2 ** 40],
    ['800', 800],
  ])('a size of %s', (text, bytes) => expect(sizeInBytes(text)).toBe(bytes))
  test.each(['', '0', 'much', '5MB/s', '99999999TB'])('“%s” is no size', (text) =>
    expect(() => sizeInBytes(text)).toThrow(),
  )
  test('shares and hours keep to their range', () => {
    expect([percent('0'), percent('2.5%'), percent('100')]).toEqual([0, 2.5, 100])
    expect([hours('0'), hours('1.5'), hours('72h')]).toEqual([0, 1.5, 72])
    for (const text of ['', '-1', '101', 'all']) expect(() => percent(text)).toThrow()
    for (const text of ['', '-1', '9000', '3d']) expect(() => hours(text)).toThrow()
  })
  test('whole numbers keep to their range', () => {
    expect(wholeNumber(1, 10)('10')).toBe(10)
    for (const text of ['0', '11', '1e1', ' 5', '']) expect(() => wholeNumber(1, 10)(text)).toThrow()
  })
})

describe('how long backups are kept', () => {
  test.each([
    ['30', { kind: 'span', days: 30, rule: 'within:30d' }],
    ['8W', { kind: 'span', days: 56, rule: 'within:8w' }],
    ['1y', { kind: 'span', days: 365, rule: 'within:1y' }],
    ['all', { kind: 'all' }],
    ['weekly:8, last:7', { kind: 'rules', rule: 'last:7,weekly:8' }],
  ])('%s', (text, keep) => expect(keepOption(text)).toEqual(keep))
  test.each(['', 'last', 'last:0', 'daily:3d', 'often:2', 'last:1,last:2'])('“%s” is no rule', (text) =>
    expect(() => keepOption(text)).toThrow('invalid-input'),
  )
  test('single places have rules of their own, have none, or follow the plan', () => {
    const given = keepAtOption('my=nas=last:3', keepAtOption('disk=30d'))
    expect(keepAtOption('tape=plan', given)).toEqual([
      { place: 'disk', rule: 'within:30d' },
      { place: 'my=nas', rule: 'last:3' },
      { place: 'tape', rule: undefined },
    ])
    for (const text of ['last:3', '=last:3', 'nas=', 'nas=all']) expect(() => keepAtOption(text)).toThrow()
  })
})

test('secrets leave the environment', () => {
  const environment = { EVERSTOW_PASSPHRASE: 'a', EVERSTOW_RECOVERY_WORDS: 'b', PATH: '/bin' }
  const { passphrase, newPassphrase, recoveryWords } = takeSecrets(environment)
  expect(environment).toEqual({ PATH: '/bin' })
  expect([passphrase?.reveal(), newPassphrase, recoveryWords?.reveal()]).toEqual(['a', undefined, 'b'])
})

describe('the passphrase in a file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'everstow-words-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const from = (text: string, more: Record<string, string> = {}) => {
    writeFileSync(join(folder, 'passphrase'), text, { mode: 0o600 })
    return takeSecrets({ EVERSTOW_PASSPHRASE_FILE: join(folder, 'passphrase'), ...more })
  }

  test('counts without its last line break, and where no other is given', () => {
    expect(from('a b \n').passphrase?.reveal()).toBe('a b ')
    expect(from('a\r\n').passphrase?.reveal()).toBe('a')
    expect(from('a', { EVERSTOW_PASSPHRASE: 'b' }).passphrase?.reveal()).toBe('b')
  })

  test('never passes for none: one that is empty, too long or not there is refused by its name', () => {
    const refused = { code: 'invalid-input', data: { field: 'EVERSTOW_PASSPHRASE_FILE' } }
    for (const text of ['', '\n', 'x'.repeat(LONGEST_SECRET_BYTES + 1)]) {
      const { passphrase, refusal } = from(text)
      expect([passphrase, refusal]).toMatchObject([undefined, refused])
    }
    for (const path of [join(folder, 'nowhere'), folder])
      expect(takeSecrets({ EVERSTOW_PASSPHRASE_FILE: path }).refusal).toMatchObject(refused)
    expect(takeSecrets({}).refusal).toBeUndefined()
  })
})

test('the words of a kit stand under one another, numbered from left to right', () => {
  const words = Array.from({ length: 24 }, (_, at) => (at % 2 === 0 ? 'ab' : 'abandon'))
  const lines = numberedWords(words)
  expect(lines).toHaveLength(6)
  expect(lines[0]).toBe('  1 ab         2 abandon    3 ab         4 abandon')
  expect(lines[5]).toMatch(/^ 21 ab .* 24 abandon$/)
})

describe('typed paths', () => {
  const around = { cwd: '/work', userHome: '/home/ada' }
  test.each([
    ['~', '/home/ada'],
    ['~/docs', '/home/ada/docs'],
    ['docs/../pics/*.jpg', '/work/pics/*.jpg'],
    ['/etc//hosts', '/etc/hosts'],
    ['~bob', '/work/~bob'],
  ])('%s', (typed, path) => expect(absolutePath(typed, around)).toBe(path))
  test('an address of a database is not a file, and its password is not repeated', () => {
    expect(() => absoluteSource('postgres://ada:hunter2@db/x', around)).toThrow(/^((?!hunter2).)*$/)
  })
  test('each platform has its data folder', () => {
    expect(defaultDataFolder('linux', {}, '/home/ada')).toBe('/home/ada/.local/share/everstow')
    expect(defaultDataFolder('linux', { XDG_DATA_HOME: '/data' }, '/home/ada')).toBe('/data/everstow')
    expect(defaultDataFolder('darwin', {}, '/Users/ada')).toBe(
      '/Users/ada/Library/Application Support/Everstow',
    )
  })
})

describe('text on a terminal', () => {
  test('nothing in a name is obeyed', () => {
    expect(safeText('a\n\x1b[2Jb\u202egnp.exe')).toBe('a\\n\\e[2Jb\\u{202e}gnp.exe')
    expect(safeText('Füße 東京 👩‍👩‍👧')).toBe('Füße 東京 👩‍👩‍👧')
  })
  test('columns stand under one another whatever the script', () => {
    expect(widthOf('東京')).toBe(4)
    expect(widthOf('e\u0301')).toBe(1)
    const rows = table(
      [{ title: 'A' }, { title: 'N', right: true }],
      [
        ['東京', '7'],
        ['x', '12'],
      ],
      (text) => text,
    )
    expect(rows).toEqual(['A      N', '東京   7', 'x     12'])
    expect(
      facts([
        ['Long label', 'a'],
        ['B', undefined],
        ['C', 'c'],
      ]),
    ).toEqual(['Long label  a', 'C           c'])
  })
  test('of a path that is too long the end stays', () => {
    expect(keepEnd('/a/long/path/file.txt', 10)).toBe('…/file.txt')
    expect(keepEnd('short', 10)).toBe('short')
  })
  test('colours only for a terminal that wants them', () => {
    expect(paintFor({ isTTY: true }, undefined)('bad', 'x')).toContain('\x1b[31m')
    expect(paintFor({ isTTY: true }, '1')('bad', 'x')).toBe('x')
    expect(paintFor({}, undefined)('bad', 'x')).toBe('x')
  })
})

describe('keys', () => {
  test('under our names or the provider’s, as JSON or lines', () => {
    const keys = { accessKeyId: 'i', secretAccessKey: 's' }
    expect(parseSecretFile(JSON.stringify(keys), 's3')).toEqual(keys)
    expect(parseSecretFile('# mine\nexport R2_ACCESS_KEY_ID=i\nR2_SECRET_ACCESS_KEY="s"\n', 'r2')).toEqual(
      keys,
    )
    expect(
      secretsInEnvironment('b2', {
        B2_APPLICATION_KEY_ID: 'i',
        B2_APPLICATION_KEY: 's',
        AWS_ACCESS_KEY_ID: 'no',
      }),
    ).toEqual(keys)
  })
  test('Google’s file of a service account is taken whole', () => {
    const text = JSON.stringify({ type: 'service_account', private_key: 'x' })
    expect(parseSecretFile(text, 'gcs')).toEqual({ serviceAccountJson: text })
  })
  test('what is refused is named without its value', () => {
    for (const text of [
      '{"accessKey": "hunter2"}',
      'ACCESS=hunter2',
      '{hunter2',
      '{"accessKeyId": {"a": "hunter2"}}',
    ])
      expect(() => parseSecretFile(text, 's3')).toThrow(/^((?!hunter2).)*$/)
  })
})

test('how to speak is known before the words are understood', () => {
  expect(peekOptions(['list', '--json', '--lang=fr', '--home', '/x'])).toEqual({
    json: true,
    quiet: false,
    lang: 'fr',
    home: '/x',
  })
  expect(peekOptions(['backup', '--', '--json'])).toEqual({ json: false, quiet: false })
})

test('the command is the first word that no option takes', () => {
  expect(peekCommand(['--json', '--home', 'status', '-q', 'backup', 'docs'])).toBe('backup')
  expect(peekCommand(['--lang=fr', 'list'])).toBe('list')
  expect(peekCommand(['--', 'list'])).toBe('list')
  expect(peekCommand(['--home'])).toBeUndefined()
  expect(peekCommand([])).toBeUndefined()
})

test('each command is the same alone as among all', async () => {
  const host = {
    say: createSay(createTexts('en'), () => 0),
    withEngine: () => async () => {},
    withoutEngine: () => async () => {},
  } as CommandHost
  const helpOf = (command: Command): string =>
    [command.helpInformation(), ...command.commands.map(helpOf)].join('\n')
  const { commands } = await createProgram(host, '1', [])
  expect(commands.length).toBeGreaterThan(25)
  for (const command of commands) {
    const alone = await createProgram(host, '1', ['--json', command.name(), 'x'])
    expect(alone.commands.length).toBeLessThan(3)
    const same = alone.commands.find((each) => each.name() === command.name())
    expect(same && helpOf(same), command.name()).toBe(helpOf(command))
  }
  expect((await createProgram(host, '1', ['nonsense'])).commands.length).toBe(commands.length)
})

test('errors keep their exit status', () => {
  expect(exitStatusOf('cancelled')).toBe(130)
  expect(exitStatusOf('unknown-provider')).toBe(2)
  expect(exitStatusOf('disk-full')).toBe(1)
  expect(exitStatusOf('something-new')).toBe(1)
})

test('the command line asks for no sentence that is not there', () => {
  const root = join(import.meta.dirname, '../../main/hosts/cli')
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(root, path), 'utf8'))
  const asked = (pattern: RegExp, prefix: string) =>
    sources.flatMap((text) => [...text.matchAll(pattern)].map(([, key]) => `${prefix}${key}`))
  const whole = [
    ...asked(/\bsay\(\s*'([\w.-]+)'/g, 'cli.'),
    ...asked(/\bsay\([^()']*\? '([\w.-]+)'/g, 'cli.'),
    ...asked(/\bsay\([^()']*\? '[\w.-]+' : '([\w.-]+)'/g, 'cli.'),
    ...asked(/UsageError\('([\w.-]+)'/g, 'cli.usage.'),
    ...asked(/'([\w]+\.confirm(?!Kit)\w*)'/g, 'cli.'),
    ...asked(/\bsay\.any\(\s*'([\w.-]+)'/g, ''),
  ]
  expect(whole.length).toBeGreaterThan(300)
  const isThere = (key: string) => {
    const text = (full: string) =>
      full
        .split('.')
        .reduce<unknown>((tree, name) => (tree as Record<string, unknown> | undefined)?.[name], en)
    return typeof text(key) === 'string' || typeof text(`${key}_other`) === 'string'
  }
  expect(whole.filter((key) => !isThere(key))).toEqual([])
})
