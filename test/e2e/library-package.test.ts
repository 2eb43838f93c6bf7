import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeLibraryTypes } from '../../bin/library-types.mjs'
import { type Built, buildShell } from '../electron/built.ts'
import { SLOW } from './cli-run.ts'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** What somebody writes who has installed Everstow. The lines that must not compile prove that the types are there. */
const PROGRAM = `
import { type Backup, EverstowError, openEverstow, type SeriesPoint } from 'everstow'

const [home = '', folder = ''] = process.argv.slice(2)
await using everstow = await openEverstow({ home, keychain: 'off' })
const { runId } = await everstow.call('backup.start', { paths: [folder], format: 'snapshot' })
const { backup: made } = await everstow.call('run.wait', { id: runId })

const backup: Backup = await everstow.backups.latest()
const prices = await backup.data<{ eur: number }>('prices')
const rows: { city: string }[] = []
for await (const row of await backup.data<{ city: string }>('table', { as: 'csv' })) rows.push(row)
const text: string = await backup.data('table', { as: 'text' })
const { points } = await everstow.series('prices', { select: '/eur' })
const point: SeriesPoint | undefined = points[0]
let bytes = 0
for await (const piece of backup.stream(points.length > 0 ? 'docs/table.csv' : '')) bytes += piece.length
let code = ''
try {
  await backup.data('nothing', { signal: AbortSignal.timeout(600_000) })
} catch (error) {
  if (error instanceof EverstowError) code = error.code
}
const isSame: boolean = made?.id === backup.id

// @ts-expect-error: the id is a text
const wrongId: number = backup.id
// @ts-expect-error: no such call
void (() => everstow.call('backup.begin', {}))
// @ts-expect-error: a place has a name
void (() => everstow.call('place.add', { type: 'local' }))
// @ts-expect-error: no kind of data
void (() => backup.data('prices', { as: 'yaml' }))
// @ts-expect-error: no code of ours
if (code === 'not-a-code-of-ours' satisfies EverstowError['code']) void 0

console.log(JSON.stringify({ isSame, prices, rows, letters: text.length, value: point?.value, bytes, code, wrongId: typeof wrongId }))
`
const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: 'esnext',
    module: 'nodenext',
    lib: ['esnext'],
    types: ['node'],
    skipLibCheck: false,
  },
  files: ['program.ts', 'guide.ts'],
}

let built: Built
/** A folder of somebody's, with Everstow below `node_modules`. */
let theirs: string

beforeAll(async () => {
  built = await buildShell({ program: true })
  writeLibraryTypes(root, join(built.folder, 'dist/types/everstow.d.ts'))
  for (const name of ['bin', 'package.json', 'README.md', 'LICENSE'])
    await cp(join(root, name), join(built.folder, name), { recursive: true })
  theirs = await mkdtemp(join(tmpdir(), 'everstow-theirs-'))
  await install()
  await mkdir(join(theirs, 'docs'))
  await writeFile(join(theirs, 'docs', 'prices.json'), '{"eur": 1.5}')
  await writeFile(join(theirs, 'docs', 'table.csv'), 'city,people\nLyon,520000\n')
  await writeFile(join(theirs, 'package.json'), '{"type": "module"}')
  await writeFile(join(theirs, 'program.ts'), PROGRAM)
  await writeFile(join(theirs, 'guide.ts'), await guideExample())
  await writeFile(join(theirs, 'tsconfig.json'), JSON.stringify(TSCONFIG))
}, SLOW.timeout)
afterAll(async () => {
  await built?.remove()
  if (theirs) await rm(theirs, { recursive: true, force: true })
})

/** The example that people copy. */
async function guideExample(): Promise<string> {
  const guide = await readFile(join(root, 'docs/guide/read-data.md'), 'utf8')
  const [, example = ''] = /```ts\n(import .*? from 'everstow'.*?)```/s.exec(guide) ?? []
  expect(example).toContain('restoreLatest')
  return example
}

/** As npm does it from the packed file, but that the packages it needs are linked. */
async function install(): Promise<void> {
  const env = { ...process.env, npm_config_cache: join(theirs, 'cache'), npm_config_offline: 'true' }
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', theirs], { cwd: built.folder, env })
  const packed = (await readdir(theirs)).find((name) => name.endsWith('.tgz')) ?? ''
  const modules = join(theirs, 'node_modules')
  await mkdir(modules)
  await run('tar', ['-xzf', join(theirs, packed), '-C', modules])
  await cp(join(modules, 'package'), join(modules, 'everstow'), { recursive: true })
  await rm(join(modules, 'package'), { recursive: true })
  for (const name of await readdir(join(root, 'node_modules')))
    if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), join(modules, name))
}

test('what is packed is the built program, and no sources', SLOW, async () => {
  const files = await readdir(join(theirs, 'node_modules/everstow'), { recursive: true })
  expect(files).toContain(join('dist', 'program', 'library.js'))
  expect(files).toContain(join('dist', 'types', 'everstow.d.ts'))
  expect(files.filter((path) => path.startsWith('main') || path.startsWith('test'))).toEqual([])
  const types = await readFile(join(theirs, 'node_modules/everstow/dist/types/everstow.d.ts'), 'utf8')
  expect(types).not.toMatch(/^import|: any\b|\bz\./m)
})

test('a program in TypeScript is checked against it and runs', SLOW, async () => {
  const tsc = join(root, 'node_modules/@typescript/native/bin/tsc')
  const { stdout } = await run(process.execPath, [tsc, '-p', theirs]).catch(
    (error: { stdout: string }) => error,
  )
  expect(stdout).toBe('')
  const said = await run(
    process.execPath,
    [join(theirs, 'program.ts'), join(theirs, 'home'), join(theirs, 'docs')],
    { env: { PATH: process.env.PATH, HOME: theirs } },
  )
  expect(JSON.parse(said.stdout)).toEqual({
    isSame: true,
    prices: { eur: 1.5 },
    rows: [{ city: 'Lyon', people: '520000' }],
    letters: 24,
    value: 1.5,
    bytes: 24,
    code: 'invalid-input',
    wrongId: 'string',
  })
})

test('from the checkout it is the same library', SLOW, async () => {
  const script = `const { openEverstow, EverstowError } = await import('everstow'); console.log(typeof openEverstow, new EverstowError('offline').code)`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: root })
  expect(stdout).toBe('function offline\n')
})
