import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { afterEach, describe, expect, test } from 'vitest'
import configuration from '../../.dependency-cruiser.mjs'
import { circlesOfRooms } from './circles-of-rooms.ts'

const root = resolve(import.meta.dirname, '../..')
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

interface RulesBroken {
  readonly broken: string[]
  readonly modules: number
  readonly circles: string[]
}

async function rulesBroken(baseDir: string, roots: string[]): Promise<RulesBroken> {
  const { options, forbidden } = configuration
  const answer = await cruise(
    roots,
    {
      ...options,
      tsConfig: { fileName: join(root, 'tsconfig.base.json') },
      baseDir,
      ruleSet: { forbidden },
      validate: true,
    } as never,
    undefined,
    { tsConfig: extractTSConfig(join(root, 'tsconfig.base.json')) },
  )
  const { summary, modules } = answer.output as ICruiseResult
  return {
    broken: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    modules: summary.totalCruised,
    circles: circlesOfRooms(
      modules
        .filter(({ source }) => roots.some((folder) => source.startsWith(`${folder}/`)))
        .map(({ source, dependencies }) => ({
          file: source,
          imports: dependencies.map(({ resolved }) => resolved),
        })),
    ),
  }
}

test('the code keeps every import rule, no two rooms lean on each other, and all of it was read', async () => {
  const { broken, modules, circles } = await rulesBroken(root, ['main', 'preload', 'renderer'])
  expect(broken).toEqual([])
  expect(modules).toBeGreaterThan(250)
  expect(circles).toEqual([])
})

/** For each rule, an import that must break it: [rule, file, what it imports]. */
const BREAKERS: readonly [rule: string, from: string, to: string][] = [
  ['contract-stands-alone', 'main/contract/a.ts', 'main/engine/model/b.ts'],
  ['env-stands-alone', 'main/engine/env/a.ts', 'main/engine/storage/b.ts'],
  ['model-stands-alone', 'main/engine/model/a.ts', 'main/engine/env/b.ts'],
  ['model-has-no-io', 'main/engine/model/a.ts', 'node:net'],
  ['engine-storage-imports-leftwards', 'main/engine/storage/a.ts', 'main/engine/delivery/b.ts'],
  ['engine-catalogue-imports-leftwards', 'main/engine/catalogue/a.ts', 'main/engine/archive/b.ts'],
  ['engine-archive-imports-leftwards', 'main/engine/archive/a.ts', 'main/engine/backup/b.ts'],
  ['engine-sources-imports-leftwards', 'main/engine/sources/a.ts', 'main/engine/delivery/b.ts'],
  ['engine-delivery-imports-leftwards', 'main/engine/delivery/a.ts', 'main/engine/verify/b.ts'],
  ['engine-audit-imports-leftwards', 'main/engine/audit/a.ts', 'main/engine/delivery/b.ts'],
  ['engine-api-keys-imports-leftwards', 'main/engine/api-keys/a.ts', 'main/engine/audit/b.ts'],
  ['engine-backup-imports-leftwards', 'main/engine/backup/a.ts', 'main/engine/restore/b.ts'],
  ['engine-restore-imports-leftwards', 'main/engine/restore/a.ts', 'main/engine/access/b.ts'],
  ['engine-verify-imports-leftwards', 'main/engine/verify/a.ts', 'main/engine/engine.ts'],
  ['engine-maintenance-imports-leftwards', 'main/engine/maintenance/a.ts', 'main/engine/backup/b.ts'],
  ['engine-access-imports-leftwards', 'main/engine/access/a.ts', 'main/engine/restore/b.ts'],
  ['engine-databases-imports-leftwards', 'main/engine/databases/a.ts', 'main/engine/backup/b.ts'],
  ['engine-repository-imports-leftwards', 'main/engine/repository/a.ts', 'main/engine/sync/b.ts'],
  ['engine-sync-imports-leftwards', 'main/engine/sync/a.ts', 'main/engine/backup/b.ts'],
  ['engine-mirror-imports-leftwards', 'main/engine/mirror/a.ts', 'main/engine/restore/b.ts'],
  ['sync-core-stands-alone', 'main/engine/sync/a.ts', 'main/engine/sync/space/b.ts'],
  ['engine-knows-no-host', 'main/engine/storage/a.ts', 'main/hosts/cli/b.ts'],
  ['app-uses-the-door', 'main/app/a.ts', 'main/engine/storage/b.ts'],
  ['hosts-use-the-door', 'main/hosts/cli/a.ts', 'main/engine/delivery/b.ts'],
  ['hosts-keep-apart', 'main/hosts/cli/a.ts', 'main/hosts/headless/b.ts'],
  ['hosts-keep-apart', 'main/hosts/electron/a.ts', 'main/hosts/headless/b.ts'],
  ['api-knows-no-host', 'main/hosts/api/a.ts', 'main/hosts/headless/b.ts'],
  ['mcp-knows-no-host', 'main/hosts/mcp/a.ts', 'main/hosts/cli/b.ts'],
  ['mcp-knows-no-host', 'main/hosts/mcp/a.ts', 'main/hosts/api/b.ts'],
  ['window-knows-the-contract-only', 'renderer/a.ts', 'main/app/b.ts'],
  ['electron-in-its-host', 'main/hosts/cli/a.ts', 'electron'],
  ['fs-behind-ports', 'main/engine/delivery/a.ts', 'node:fs'],
  ['tests-stay-out', 'main/engine/storage/a.ts', 'test/b.ts'],
  ['resolvable', 'main/app/a.ts', 'main/app/nowhere.ts'],
]

describe('an import that breaks a rule is caught', () => {
  test.each(BREAKERS)('%s: %s → %s', async (rule, from, to) => {
    const { broken } = await rulesBroken(fixture([[from, to]]), topFolders(from, to))
    expect(broken.map((line) => line.split(':')[0])).toContain(rule)
  })

  test('no-circles', async () => {
    const base = fixture([
      ['main/engine/model/a.ts', 'main/engine/model/b.ts'],
      ['main/engine/model/b.ts', 'main/engine/model/a.ts'],
    ])
    const { broken } = await rulesBroken(base, ['main'])
    expect(broken.map((line) => line.split(':')[0])).toContain('no-circles')
  })

  test('a circle of types', async () => {
    const base = fixture([
      ['main/engine/model/a.ts', 'main/engine/model/b.ts', 'type'],
      ['main/engine/model/b.ts', 'main/engine/model/a.ts', 'type'],
    ])
    const { broken } = await rulesBroken(base, ['main'])
    expect(broken.map((line) => line.split(':')[0])).toContain('no-circles')
  })

  test('folders that lean on each other, though no file does', async () => {
    const base = fixture([
      ['main/app/one/a.ts', 'main/app/two/b.ts'],
      ['main/app/two/c.ts', 'main/app/one/d.ts'],
      ['main/app/three/e.ts', 'main/app/two/b.ts'],
    ])
    const { broken, circles } = await rulesBroken(base, ['main'])
    expect(broken).toEqual([])
    expect(circles).toEqual(['main/app: one two'])
  })

  test.each(['api', 'mcp'])('what is no host may be lent to several: %s', async (folder) => {
    const lent = `main/hosts/${folder}/b.ts`
    const base = fixture([
      ['main/hosts/electron/a.ts', lent],
      ['main/hosts/headless/a.ts', lent],
    ])
    expect(await rulesBroken(base, ['main'])).toEqual({ broken: [], modules: 3, circles: [] })
  })

  test('every rule has a breaker', () => {
    const proven = new Set([...BREAKERS.map(([rule]) => rule), 'no-circles'])
    expect(
      configuration.forbidden
        .map(({ name }: { name: string }) => name)
        .filter((name: string) => !proven.has(name)),
    ).toEqual([])
  })
})

/** A small tree in which each file imports one other. */
function fixture(imports: readonly (readonly [from: string, to: string, only?: 'type'])[]): string {
  const base = mkdtempSync(join(tmpdir(), 'everstow-rules-'))
  folders.push(base)
  symlinkSync(join(root, 'node_modules'), join(base, 'node_modules'))
  const write = (file: string, content: string) => {
    mkdirSync(dirname(join(base, file)), { recursive: true })
    writeFileSync(join(base, file), content)
  }
  for (const [, to] of imports)
    if (to.endsWith('.ts') && !to.includes('nowhere')) write(to, 'export const b = 1\n')
  for (const [from, to, only] of imports) {
    const target = to.endsWith('.ts') ? `${'../'.repeat(from.split('/').length - 1)}${to}` : to
    write(
      from,
      only ? `export type { A } from '${target}'\n` : `import * as b from '${target}'\nexport const a = b\n`,
    )
  }
  return base
}

const topFolders = (...files: string[]) =>
  [...new Set(files.filter((file) => file.endsWith('.ts')).map((file) => file.split('/')[0] ?? ''))].filter(
    (folder) => folder !== 'test' || files[0]?.startsWith('test'),
  )
