import { describe, expect, test } from 'vitest'
import { bytesPerSecond, days, wholeNumber } from '../../main/hosts/cli/amounts.ts'
import { defaultDataFolder } from '../../main/hosts/cli/data-folder.ts'
import { exitStatusOf } from '../../main/hosts/cli/exit-status.ts'
import { paintFor } from '../../main/hosts/cli/output/paint.ts'
import { facts, table } from '../../main/hosts/cli/output/table.ts'
import { keepEnd, safeText, widthOf } from '../../main/hosts/cli/output/terminal-text.ts'
import { peekOptions } from '../../main/hosts/cli/peek-options.ts'
import { parseSecretFile } from '../../main/hosts/cli/secrets/parse-secret-file.ts'
import { secretsInEnvironment } from '../../main/hosts/cli/secrets/secret-names.ts'
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
  test('whole numbers keep to their range', () => {
    expect(wholeNumber(1, 10)('10')).toBe(10)
    for (const text of ['0', '11', '1e1', ' 5', '']) expect(() => wholeNumber(1, 10)(text)).toThrow()
  })
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

test('errors keep their exit status', () => {
  expect(exitStatusOf('cancelled')).toBe(130)
  expect(exitStatusOf('unknown-provider')).toBe(2)
  expect(exitStatusOf('disk-full')).toBe(1)
  expect(exitStatusOf('something-new')).toBe(1)
})
