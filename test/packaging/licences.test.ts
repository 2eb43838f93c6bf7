import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { billOfMaterials } from '../../packaging/bill-of-materials.mjs'
import { licenceList, readLock, shippedPackages, unaccepted } from '../../packaging/licences.mjs'

const root = resolve(import.meta.dirname, '../..')
const shipped = shippedPackages(readLock(root))

describe('licences', () => {
  test('the list is what the lockfile says', () => {
    expect(readFileSync(join(root, 'docs/licences.md'), 'utf8')).toBe(licenceList(shipped))
  })

  test('every licence of what ships was accepted by somebody', () => {
    expect(unaccepted(shipped)).toEqual([])
  })

  test('every package that the program needs here is in it', () => {
    const names = new Set(shipped.map(({ name }) => name))
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>
    }
    const real = (name: string, range: string) => /^npm:(.+)@/.exec(range)?.[1] ?? name
    expect(Object.entries(dependencies).filter(([name, range]) => !names.has(real(name, range)))).toEqual([])
    expect(shipped.filter(({ folder }) => existsSync(join(root, folder))).length).toBeGreaterThan(300)
    for (const bundled of ['react', '@mantine/core', 'zod', 'd3-shape']) expect(names).toContain(bundled)
    for (const tool of ['electron', 'vitest', 'electron-builder', 'typescript'])
      expect(names).not.toContain(tool)
  })

  test.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0)', true],
    ['MIT AND ISC', true],
    ['MIT AND GPL-3.0', false],
    ['AGPL-3.0', false],
    ['none named', false],
  ])('%s is accepted: %s', (licence, isAccepted) => {
    expect(unaccepted([{ licence }]).length === 0).toBe(isAccepted)
  })
})

describe('the bill of materials', () => {
  const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const { components, metadata } = billOfMaterials(packageJson, readLock(root))

  test('names everything that ships, Electron too, by address, licence and checksum', () => {
    const addresses = new Set(components.map(({ purl }) => purl))
    expect(addresses.size).toBe(components.length)
    const addressOf = (name: string, version: string) => `pkg:npm/${name.replace('@', '%40')}@${version}`
    expect(shipped.filter(({ name, version }) => !addresses.has(addressOf(name, version)))).toEqual([])
    for (const part of ['electron', '@azure/storage-blob', '@github/keytar', 'react'])
      expect(components.map(({ name }) => name)).toContain(part)
    for (const { name, licenses, hashes } of components) {
      expect(licenses[0]?.expression, name).toBeTruthy()
      expect(hashes?.[0]?.content, name).toMatch(/^[0-9a-f]{128}$/)
    }
  })

  test('is that of this version', () => {
    expect(metadata.component).toMatchObject({ name: 'everstow', version: packageJson.version })
  })
})
