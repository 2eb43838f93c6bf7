import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)))
const code = files.filter(
  (file) =>
    /^(main|preload|renderer|test|bin|packaging)\/.*\.(ts|tsx|mjs)$/.test(file) &&
    !file.includes('/fixtures/'),
)
const read = (file: string) => readFileSync(join(root, file), 'utf8')

describe('the house is in order', () => {
  test('there is code to look at', () => {
    expect(code.length).toBeGreaterThan(300)
  })

  test('no file outgrows its job: 400 lines of code, 800 of tests and their data', () => {
    const limit = (file: string) => (file.startsWith('test/') ? 800 : 400)
    expect(code.filter((file) => read(file).split('\n').length > limit(file) + 1)).toEqual([])
  })

  test('file names are kebab-case and none is a grab-bag', () => {
    const name = (file: string) => file.split('/').at(-1) ?? ''
    expect(
      code.filter(
        (file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|d|module))?\.(ts|tsx|mjs)$/.test(name(file)),
      ),
    ).toEqual([])
    expect(code.filter((file) => /(^|[-/])(utils?|helpers?|common|manager|misc)\./.test(name(file)))).toEqual(
      [],
    )
  })

  test('every folder of main says its job', () => {
    const folders = new Set(
      code
        .filter(
          (file) =>
            file.startsWith('main/engine/') || file.startsWith('main/hosts/') || file.startsWith('main/app/'),
        )
        .map((file) => file.split('/').slice(0, 3).join('/'))
        .filter((folder) => !folder.endsWith('.ts')),
    )
    const silent = [...folders].filter(
      (folder) =>
        folder.split('/').length === 3 &&
        !folder.startsWith('main/app/') &&
        !existsSync(join(root, folder, 'README.md')),
    )
    expect(silent).toEqual([])
    expect(existsSync(join(root, 'main/app/README.md'))).toBe(true)
  })

  test('clock, chance, process and console come in through ports', () => {
    const banned = /(?<![.\w])(Date\.now\(|Math\.random\(|setTimeout\(|setInterval\(|console\.|process\.)/
    const behindPorts = code.filter(
      (file) =>
        /^main\/(engine|app)\//.test(file) &&
        !file.startsWith('main/engine/env/') &&
        !file.startsWith('main/engine/storage/local/'),
    )
    const offenders = behindPorts.filter((file) =>
      read(file)
        .split('\n')
        .some((line) => banned.test(line.replace(/^\s*(\/\/|\*|\/\*).*/, '').replace(/'[^']*'/g, ''))),
    )
    expect(offenders).toEqual([])
  })

  test('what a thread starts from has a literal address, which is what the build looks for', () => {
    const engine = code.filter((file) => file.startsWith('main/'))
    const addresses = engine.flatMap((file) =>
      [...read(file).matchAll(/new URL\(([^()]*),\s*import\.meta\.url\s*,?\s*\)/g)].map(([, what = '']) => ({
        file,
        target: /^\s*'(\.\/[\w-]+\.ts)'$/.exec(what)?.[1],
      })),
    )
    const uses = engine.flatMap((file) => [...read(file).matchAll(/(?<!createRequire\()import\.meta\.url/g)])
    expect(addresses.length).toBeGreaterThan(10)
    expect(uses.length).toBe(addresses.length)
    expect(
      addresses.filter(
        ({ file, target }) => target === undefined || !existsSync(join(root, file, '..', target)),
      ),
    ).toEqual([])
    // Where no address is written down, one is handed in.
    const threads = engine.flatMap((file) =>
      [...read(file).matchAll(/new Worker\(([^,)]*)/g)].map(([, what = '']) => what.trim()),
    )
    expect(threads.filter((what) => !/^(new URL\('\.\/[\w-]+\.ts'|file|feed\.worker)$/.test(what))).toEqual(
      [],
    )
  })

  test('Electron’s crypto lacks them: no argon2, chacha20-poly1305, blake2', () => {
    const offenders = code.filter(
      (file) =>
        file.startsWith('main/') && /['"](argon2\w*|chacha20-poly1305|blake2\w*)['"]/.test(read(file)),
    )
    expect(offenders).toEqual([])
  })

  test('every optional platform package that the lockfile names has its entry', () => {
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>
    }
    const missing = Object.entries(lock.packages).flatMap(([name, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter(
          (dependency) =>
            !(`${name}/node_modules/${dependency}` in lock.packages) &&
            !hoisted(lock.packages, name, dependency),
        )
        .map((dependency) => `${name} → ${dependency}`),
    )
    expect(missing).toEqual([])
  })

  test('the lockfile names no registry host', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved":/)
  })
})

function hoisted(packages: Record<string, unknown>, from: string, dependency: string): boolean {
  const parts = from.split('node_modules/')
  for (let depth = parts.length; depth >= 0; depth--)
    if (`${parts.slice(0, depth).join('node_modules/')}node_modules/${dependency}` in packages) return true
  return `node_modules/${dependency}` in packages
}
