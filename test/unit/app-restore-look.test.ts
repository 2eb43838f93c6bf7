import { readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Format, type Ground, layGround } from './app-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
  await ground.addPlace('one')
})
afterEach(() => ground.close())

const backUp = (format: Format = 'snapshot'): Promise<string> => ground.backedUp(format)

test('versions are those whose content differs: a new time alone is none', async () => {
  const file = join(ground.source, 'b.txt')
  const first = await backUp()
  utimesSync(file, 1_700_000_000, 1_700_000_000)
  const touched = await backUp()
  writeFileSync(file, 'third\n')
  const changed = await backUp()
  writeFileSync(join(ground.source, 'folder', 'b.txt'), 'of the same name elsewhere')
  const last = await backUp()
  const versions = await ground.client.call('restore.versions', { backupId: first, path: 'source/b.txt' })
  expect(versions.map(({ backupId, backups, sizeBytes }) => [backupId, backups, sizeBytes])).toEqual([
    [last, 2, 6],
    [touched, 2, 7],
  ])
  expect(await ground.client.call('restore.preview', { backupId: changed, path: 'source/b.txt' })).toEqual({
    sizeBytes: 6,
    text: 'third\n',
  })
})

test('what lies now where a file came from is read, and nothing outside of the sources or through a link', async () => {
  const id = await backUp()
  const present = (path: string) => ground.client.call('restore.present', { backupId: id, path })
  writeFileSync(join(ground.source, 'b.txt'), 'now\n')
  expect(await present('source/b.txt')).toEqual({
    path: join(ground.source, 'b.txt'),
    preview: { sizeBytes: 4, text: 'now\n' },
  })
  rmSync(join(ground.source, 'b.txt'))
  expect((await present('source/b.txt')).preview).toBeUndefined()
  writeFileSync(join(ground.base, 'secret'), 'secret')
  symlinkSync(join(ground.base, 'secret'), join(ground.source, 'b.txt'))
  symlinkSync(ground.base, join(ground.source, 'out'))
  for (const path of ['source/b.txt', 'source/out/secret', 'source/../secret', 'secret', '/etc/hostname'])
    expect([path, (await present(path)).preview]).toEqual([path, undefined])
})

test('days with backups are counted with what is wrong, and lists are narrowed by place, state and kind', async () => {
  await ground.addPlace('two')
  const archive = await backUp('archive')
  await backUp()
  const folder = join(ground.placePath('one'), 'archives')
  const [stored = ''] = readdirSync(folder).filter((name) => statSync(join(folder, name)).size > 100)
  rmSync(join(folder, stored))
  await ground.done(ground.client.call('backup.verify', {}))
  const days = await ground.client.call('backup.days', {})
  expect(days).toHaveLength(1)
  expect(days[0]).toMatchObject({ backups: 2, damaged: 1, incomplete: 0, failed: 0 })
  const listed = async (query: object) =>
    (await ground.client.call('backup.list', query)).backups.map(({ format }) => format)
  expect(await listed({ state: 'damaged' })).toEqual(['archive'])
  expect(await listed({ format: 'snapshot' })).toEqual(['snapshot'])
  expect(await listed({ state: 'failed' })).toEqual([])
  const { copies } = await ground.client.call('backup.get', { id: archive })
  const two = copies.find(({ placeName }) => placeName === 'two')?.placeId ?? ''
  expect(await listed({ placeId: two })).toEqual(['snapshot', 'archive'])
  expect(
    await ground.client.call('backup.days', { format: 'archive', from: '2001-01-01', to: '2001-01-02' }),
  ).toEqual([])
})
