import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

describe('the container', () => {
  /** Instructions, their continued lines joined. */
  const lines = read('packaging/docker/Dockerfile')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
  const image = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
  const valuesOf = (word: string): string[] =>
    image.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))

  test('has the Node that everything was tested with', () => {
    const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1])
    expect(bases).toHaveLength(2)
    for (const base of bases) expect(base).toBe(`node:${read('.node-version').trim()}-bookworm-slim`)
  })

  test('runs without root’s rights, can be looked at, and keeps its data outside', () => {
    expect(valuesOf('USER')).toEqual(['node'])
    expect(image.findIndex((line) => line.startsWith('USER '))).toBeGreaterThan(
      image.findLastIndex((line) => line.startsWith('RUN ')),
    )
    expect(valuesOf('VOLUME')).toEqual(['["/data", "/backups"]'])
    expect(valuesOf('HEALTHCHECK')[0]).toMatch(/everstow health/)
    expect([valuesOf('ENTRYPOINT'), valuesOf('CMD')]).toEqual([['["everstow"]'], ['["daemon"]']])
  })

  test('takes its passphrase from a file, and holds no secret', () => {
    const [env = ''] = valuesOf('ENV')
    expect(env).toContain('EVERSTOW_PASSPHRASE_FILE=/run/secrets/everstow_passphrase')
    expect(env).not.toMatch(/EVERSTOW_PASSPHRASE=|TOKEN|PASSWORD/)
    expect(lines.filter((line) => line.startsWith('ARG '))).toEqual([])
  })

  test('is built of what is named, and all of that is there', () => {
    const [first, ...named] = read('packaging/docker/Dockerfile.dockerignore').trim().split('\n')
    expect(first).toBe('*')
    const kept = named.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    for (const name of kept.filter((each) => !each.includes('*')))
      expect(existsSync(join(root, name)), name).toBe(true)
    for (const needed of ['main', 'renderer', 'preload', 'bin', 'assets', 'package-lock.json', '.npmrc'])
      expect(kept).toContain(needed)
  })
})

describe('the unit of systemd', () => {
  const file = 'packaging/systemd/everstow@.service'
  const unit = read(file)

  test('runs as a person, with no more rights than reading what that person may read', () => {
    for (const line of [
      'User=%i',
      'NoNewPrivileges=yes',
      'CapabilityBoundingSet=',
      'ProtectSystem=strict',
      'ProtectHome=read-only',
      'PrivateTmp=yes',
      'RestrictNamespaces=yes',
      'UMask=0077',
    ])
      expect(unit.split('\n')).toContain(line)
    expect(unit).toMatch(/^LoadCredential=passphrase:/m)
    expect(unit).not.toMatch(/EVERSTOW_PASSPHRASE=/)
    // What compiles JavaScript while it runs cannot do with it.
    expect(unit).not.toMatch(/MemoryDenyWriteExecute=yes/)
  })

  test.runIf(hasSystemd)('systemd takes it, and finds it well closed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'everstow-unit-'))
    try {
      const copy = join(folder, 'everstow@root.service')
      copyFileSync(join(root, file), copy)
      const verified = spawnSync('systemd-analyze', ['verify', copy], { encoding: 'utf8' })
      expect(verified.stderr.split('\n').filter((line) => line.includes('everstow'))).toEqual([])
      const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', copy], {
        encoding: 'utf8',
      })
      const [, exposure = '10'] = /exposure level for .*: ([\d.]+)/.exec(stdout) ?? []
      expect(Number(exposure)).toBeLessThanOrEqual(2)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

test('every key that the release workflow takes is in the document about it', () => {
  const names = [...read('.github/workflows/release.yml').matchAll(/secrets\.(\w+)/g)].map(
    ([, name = '']) => name,
  )
  expect(new Set(names).size).toBe(8)
  const said = read('docs/release.md')
  expect(names.filter((name) => !said.includes(`\`${name}\``))).toEqual([])
})
