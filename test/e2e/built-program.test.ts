import { cp, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { builtFromPath, freshProgram, sourceList } from '../../bin/built-program.mjs'
import { type Built, buildShell } from '../electron/built.ts'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

const root = resolve(import.meta.dirname, '../..')
const SNAPSHOT = ['--format', 'snapshot', '--compression', 'fast', '--keep', 'last:1']

let built: Built
/** An installation as people get it from a package: the built program, and no sources. */
let installed: string
beforeAll(async () => {
  built = await buildShell({ program: true })
  installed = built.folder
  await cp(join(root, 'bin'), join(installed, 'bin'), { recursive: true })
  await cp(join(root, 'package.json'), join(installed, 'package.json'))
  await symlink(join(root, 'node_modules'), join(installed, 'node_modules'))
})
afterAll(() => built.remove())

describe('the built program, without its sources', SLOW, () => {
  let world: CliWorld
  beforeAll(async () => {
    world = await makeCliWorld([process.execPath, join(installed, 'bin/everstow.mjs')])
    await mkdir(world.path('docs'))
    await writeFile(world.path('docs', 'letter.txt'), 'Dear reader\n')
    await writeFile(world.path('docs', 'noise.bin'), Buffer.alloc(3_000_000, 'noise'))
    await done('place', 'add', 'nas', '--type', 'local', '--path', 'nas')
  })
  afterAll(() => world.remove())

  async function done(...args: string[]): Promise<string> {
    const { status, out, err } = await world.run(...args)
    expect({ args, status, err: status === 0 ? '' : err }).toEqual({ args, status: 0, err: '' })
    return out
  }

  test('says what it can do, and its version', async () => {
    expect(await done('--help')).toContain('restore')
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    expect((await done('--version')).trim()).toBe(version)
  })

  test('makes snapshots, checks, restores and prunes them: every thread finds its file', async () => {
    await done('plan', 'add', 'Docs', '--source', 'docs', ...SNAPSHOT)
    await done('backup', 'Docs')
    await writeFile(world.path('docs', 'second.txt'), 'More\n')
    await done('backup', 'Docs')
    await done('verify', '--all', '--data', '100')
    await done('drill')
    await done('restore', 'latest', '--into', 'back')
    const letters = await readdirNames(world.path('back'))
    expect(letters).toContain('letter.txt')
    expect(letters).toContain('second.txt')
    await done('prune', '--grace', '0', '--yes')
    expect(await done('status')).toContain('nas')
  })

  test('makes and restores archives', async () => {
    await done('plan', 'add', 'Plain', '--source', 'docs', '--format', 'archive')
    await done('backup', 'Plain')
    await done('restore', 'latest', '--into', 'plain-back')
    expect(await readdirNames(world.path('plain-back'))).toContain('noise.bin')
  })

  test('an unknown command is refused in a sentence, with what may have been meant', async () => {
    const { status, err } = await world.run('stats-all')
    expect(status).toBe(2)
    expect(err).toContain('stats')
  })

  async function readdirNames(folder: string): Promise<string[]> {
    return (await readdir(folder, { recursive: true })).map((path) => path.split('/').at(-1) ?? '')
  }
})

describe('built or sources', SLOW, () => {
  let checkout: string
  /** A checkout whose built program and sources each say what they are. */
  beforeAll(async () => {
    checkout = join(built.folder, 'checkout')
    const host = (name: string) => `export const runCli = async () => { console.log('${name}'); return 0 }\n`
    const files = {
      'main/hosts/cli/index.ts': host('sources'),
      'main/hosts/cli/README.md': 'no source\n',
      'assets/locales/en.json': '{}',
      'assets/locales/fr.json': '{}',
      'package-lock.json': '{}',
      'vite.program.config.ts': '',
      'dist/program/cli.js': host('built'),
      'package.json': '{"type": "module"}',
    }
    for (const [name, text] of Object.entries(files)) {
      await mkdir(resolve(checkout, name, '..'), { recursive: true })
      await writeFile(join(checkout, name), text)
    }
    await cp(join(root, 'bin'), join(checkout, 'bin'), { recursive: true })
  })

  const buildIt = () => writeFile(builtFromPath(checkout), sourceList(checkout))
  const isBuiltUsed = async (): Promise<boolean> => {
    const world = await makeCliWorld([process.execPath, join(checkout, 'bin/everstow.mjs')])
    try {
      const { out } = await world.run('status')
      const used = out.trim() === 'built'
      expect(freshProgram(checkout) !== undefined).toBe(used)
      return used
    } finally {
      await world.remove()
    }
  }

  test('a build nobody vouches for is not used', async () => {
    expect(await isBuiltUsed()).toBe(false)
  })

  test('the built program is used as long as its sources are as they were', async () => {
    await buildIt()
    expect(await isBuiltUsed()).toBe(true)
    await writeFile(join(checkout, 'main/hosts/cli/README.md'), 'still no source\n')
    expect(await isBuiltUsed()).toBe(true)
  })

  test('a source that was touched, to whatever time, makes the sources run; a build ends that', async () => {
    const source = join(checkout, 'main/hosts/cli/index.ts')
    for (const at of [Date.now() / 1000 + 10, 1_000_000_000]) {
      await utimes(source, at, at)
      expect(await isBuiltUsed()).toBe(false)
      await buildIt()
      expect(await isBuiltUsed()).toBe(true)
    }
  })

  test('so do sources that came and went, words, and other packages', async () => {
    const added = join(checkout, 'main/added.ts')
    await writeFile(added, 'export {}\n')
    expect(freshProgram(checkout)).toBeUndefined()
    await rm(added)
    expect(freshProgram(checkout)).toBeDefined()
    for (const name of ['assets/locales/fr.json', 'package-lock.json', 'vite.program.config.ts']) {
      await writeFile(join(checkout, name), '{"changed": true}')
      expect(freshProgram(checkout), name).toBeUndefined()
      await buildIt()
    }
    expect(freshProgram(checkout)).toBeDefined()
  })

  test('without sources there is nothing to compare, and without a build nothing to run', async () => {
    await rm(join(checkout, 'main'), { recursive: true })
    expect(await isBuiltUsed()).toBe(true)
    await rm(join(checkout, 'dist'), { recursive: true })
    expect(freshProgram(checkout)).toBeUndefined()
  })
})
