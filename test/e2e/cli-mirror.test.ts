import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

let world: CliWorld
beforeEach(async () => {
  world = await makeCliWorld()
  for (const folder of ['nas', 'photos', 'copy']) await mkdir(world.path(folder), { recursive: true })
  expect((await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')).status).toBe(0)
})
afterEach(() => world.remove())

const mirror = (...words: string[]) => world.run('mirror', ...words)
const report = async (...words: string[]) =>
  (await mirror(...words, '--json')).json() as Record<string, unknown>

test('a folder is pushed, changed, previewed, restored and pulled elsewhere', SLOW, async () => {
  await writeFile(world.path('photos', 'a.txt'), 'one')
  await writeFile(world.path('photos', 'b.txt'), 'two')
  await writeFile(world.path('photos', 'c.tmp'), 'x')
  const added = await mirror('add', 'Photos', '--folder', 'photos', '--ignore', '*.tmp', '--every', '6h')
  expect(added.status).toBe(0)
  expect((await mirror('list')).out).toMatch(/Photos .*nas +mirror\/Photos +every:6h/)
  expect((await world.run('schedule', 'list')).out).toContain('Photos')

  expect(await report('run', 'photos')).toMatchObject({ transferred: 2, bytes: 6, left: [], held: null })
  expect(
    (await readdir(world.path('nas', 'mirror/Photos/files'))).filter((name) => !name.startsWith('.')),
  ).toEqual(['a.txt', 'b.txt'])
  expect(await readFile(world.path('nas', 'mirror/Photos/files/a.txt'), 'utf8')).toBe('one')

  await writeFile(world.path('photos', 'a.txt'), 'changed')
  await rm(world.path('photos', 'b.txt'))
  expect(await report('preview', 'photos')).toMatchObject({ transferred: 1, deleted_paths: ['b.txt'] })
  const said = await mirror('run', 'photos')
  expect(said.status).toBe(0)
  expect(said.out).toMatch(/1 file brought over.*1 replaced.*1 deleted/s)

  expect((await mirror('restore', 'photos', 'b.txt')).status).toBe(0)
  expect(await readFile(world.path('photos', 'b.txt'), 'utf8')).toBe('two')
  const { files } = (await report('files', 'photos', 'a.txt')) as { files: { version: string | null }[] }
  const version = files[1]?.version ?? ''
  expect((await mirror('restore', 'photos', 'a.txt', '--at', version, '--into', 'copy')).status).toBe(0)
  expect(await readFile(world.path('copy', 'a.txt'), 'utf8')).toBe('one')

  const pulling = ['--folder', 'elsewhere', '--prefix', 'mirror/Photos', '--pull']
  expect((await mirror('add', 'back', ...pulling)).status).toBe(0)
  expect(await report('run', 'back')).toMatchObject({ direction: 'pull', transferred: 1 })
  expect(await readFile(world.path('elsewhere', 'a.txt'), 'utf8')).toBe('changed')
})

test(
  'an empty folder deletes nothing without a word, and removing a mirror leaves everything',
  SLOW,
  async () => {
    await writeFile(world.path('photos', 'a.txt'), 'one')
    await mirror('add', 'p', '--folder', 'photos')
    await mirror('run', 'p')
    await rm(world.path('photos', 'a.txt'))
    const asked = await mirror('run', 'p', '--json')
    expect(asked.status).not.toBe(0)
    expect(asked.json().error).toMatchObject({ code: 'confirmation-needed' })
    expect(asked.json().error?.message).toContain('1 of 1 files')
    expect(await readdir(world.path('nas', 'mirror/p/files'))).toContain('a.txt')
    expect(await report('run', 'p', '--yes')).toMatchObject({ deleted: 1 })
    await rm(world.path('photos'), { recursive: true })
    expect((await mirror('run', 'p', '--yes', '--json')).json().error).toMatchObject({
      code: 'source-missing',
    })
    expect((await mirror('remove', 'p', '--yes')).status).toBe(0)
    expect(await readdir(world.path('nas', 'mirror/p/versions'))).toContain('a.txt')
    expect((await mirror('run', 'p', '--json')).json().error).toMatchObject({ code: 'unknown-mirror' })
  },
)

test('what cannot be a mirror is refused', SLOW, async () => {
  const codeOf = async (...words: string[]) => (await mirror('add', ...words, '--json')).json().error?.code
  expect(await codeOf('x', '--folder', 'nowhere')).toBe('source-missing')
  expect(await codeOf('x', '--folder', 'nas')).toBe('source-inside-place')
  expect(await codeOf('x', '--folder', 'photos', '--prefix', 'data/x')).toBe('invalid-input')
  expect(await codeOf('x', '--folder', 'photos', '--every', 'on-change')).toBe('invalid-input')
  expect(await codeOf('x', '--folder', 'photos', '--prefix', 'shared')).toBeUndefined()
  expect(await codeOf('X', '--folder', 'photos')).toBe('name-taken')
  expect(await codeOf('y', '--folder', 'photos', '--prefix', 'shared/files')).toBe('mirror-taken')
})
