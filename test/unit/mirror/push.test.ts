import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { previewPush, push } from '../../../main/engine/mirror/push.ts'
import { bodyOfBytes } from '../../../main/engine/storage/body.ts'
import { layMirrorGround, type MirrorGround, sha256 } from './mirror-ground.ts'

let ground: MirrorGround
beforeEach(() => {
  ground = layMirrorGround()
})
afterEach(() => ground.close())

const foreign = (key: string, content: string) => ground.store.put(key, bodyOfBytes(Buffer.from(content)))
const versions = async () =>
  Object.entries(await ground.objects()).filter(([key]) => key.startsWith('m/versions/'))

describe('a push', () => {
  it('makes every file an object with its hash, time and mode', async () => {
    ground.write('a.txt', 'one')
    ground.write('sub/empty', '')
    chmodSync(join(ground.folder, 'a.txt'), 0o640)
    utimesSync(join(ground.folder, 'a.txt'), 1, 1_700_000_000.5)
    const outcome = await ground.run(push)
    expect(outcome).toMatchObject({ transferred: 2, bytes: 3, deleted: 0, left: [], foreign: [] })
    expect(await ground.objects()).toEqual({ 'm/files/a.txt': 'one', 'm/files/sub/empty': '' })
    const info = await ground.store.head('m/files/a.txt')
    expect(info.sha256).toBe(sha256('one'))
    expect(info.metadata).toEqual({ mirror: 'mi_test', mtime: '1700000000.500000000', mode: '100640' })
  })

  it('asks for nothing but the listings when nothing changed', async () => {
    for (let at = 0; at < 5; at++) ground.write(`f${at}`, String(at))
    await ground.run(push)
    ground.calls.length = 0
    expect(await ground.run(push)).toMatchObject({ transferred: 0, unchanged: 5 })
    expect(ground.calls).toEqual(['list m/files/', 'list m/versions/'])
  })

  it('reads a file again that changed a moment ago', async () => {
    ground.nowMs = Date.now()
    ground.write('a', 'one')
    await ground.run(push)
    ground.write('a', 'two')
    // The same size and, as a coarse clock would give it, the same time.
    expect(await ground.run(push)).toMatchObject({ transferred: 1, replaced: 1 })
  })

  it('puts the old version aside before it replaces or deletes an object', async () => {
    ground.write('a', 'one')
    ground.write('b', 'keep')
    await ground.run(push)
    ground.write('a', 'two!')
    ground.remove('b')
    ground.calls.length = 0
    expect(await ground.run(push)).toMatchObject({
      transferred: 1,
      replaced: 1,
      deleted: 1,
      deletedPaths: ['b'],
    })
    const stamp = new Date(ground.nowMs).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
    expect(await ground.objects()).toEqual({
      'm/files/a': 'two!',
      [`m/versions/a/${stamp}-${sha256('one').slice(0, 16)}`]: 'one',
      [`m/versions/b/${stamp}-${sha256('keep').slice(0, 16)}`]: 'keep',
    })
    const order = ground.calls.map((call) => call.split('-')[0] ?? '')
    expect(order.filter((call) => / m\/(files|versions)\/b/.test(call))).toEqual([
      'head m/files/b',
      `put m/versions/b/${stamp.slice(0, 8)}`,
      'get m/files/b',
      'delete m/files/b',
    ])
  })

  it('keeps versions for their days and tidies them after', async () => {
    ground.write('a', 'one')
    await ground.run(push)
    ground.write('a', 'two')
    await ground.run(push)
    ground.nowMs += 29 * 86_400_000
    expect(await ground.run(push)).toMatchObject({ tidied: 0 })
    expect(await versions()).toHaveLength(1)
    ground.nowMs += 2 * 86_400_000
    expect(await ground.run(push)).toMatchObject({ tidied: 1 })
    expect(await ground.objects()).toEqual({ 'm/files/a': 'two' })
  })

  it('is the same after its memory was lost, and sends nothing again', async () => {
    ground.write('a', 'one')
    ground.write('gone', 'x')
    await ground.run(push)
    ground.loseMemory()
    ground.remove('gone')
    expect(await ground.run(push)).toMatchObject({ transferred: 0, unchanged: 1, deletedPaths: ['gone'] })
    ground.calls.length = 0
    expect(await ground.run(push)).toMatchObject({ unchanged: 1 })
    expect(ground.calls).toHaveLength(2)
  })

  it('follows a file that became a folder, and back', async () => {
    ground.write('a', 'file')
    await ground.run(push)
    ground.remove('a')
    ground.write('a/b', 'inside')
    await ground.run(push)
    expect(Object.keys(await ground.objects()).filter((key) => key.includes('files'))).toEqual([
      'm/files/a/b',
    ])
    ground.remove('a')
    ground.write('a', 'file again')
    await ground.run(push)
    expect(await ground.objects()).toMatchObject({ 'm/files/a': 'file again' })
    expect((await versions()).map(([, content]) => content).sort()).toEqual(['file', 'inside'])
  })

  it('leaves out what it is told to, and never deletes it there', async () => {
    ground.write('a.tmp', 'x')
    ground.write('cache/b', 'x')
    ground.write('.everstow/versions/c', 'x')
    await ground.run(push)
    expect(Object.keys(await ground.objects())).toEqual(['m/files/a.tmp', 'm/files/cache/b'])
    const ignore = ['*.tmp', 'cache/']
    expect(await ground.run(push, { mirror: { ignore } })).toMatchObject({ deleted: 0 })
    ground.remove('cache')
    expect(await ground.run(push, { mirror: { ignore } })).toMatchObject({ deleted: 0, foreign: [] })
    expect(Object.keys(await ground.objects())).toEqual(['m/files/a.tmp', 'm/files/cache/b'])
  })

  it('can be cancelled', async () => {
    ground.write('a', 'one')
    await expect(ground.run(push, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(await ground.objects()).toEqual({})
  })
})

describe('what somebody else did there', () => {
  it('is put aside and told where a file needs the key', async () => {
    ground.write('a', 'mine')
    await ground.run(push)
    await foreign('m/files/a', 'theirs')
    expect(await ground.run(push)).toMatchObject({
      transferred: 1,
      foreign: [{ path: 'a', kind: 'changed' }],
    })
    expect((await ground.objects())['m/files/a']).toBe('mine')
    expect((await versions()).map(([, content]) => content)).toEqual(['theirs'])
  })

  it('stays where no file needs the key, and costs one request once', async () => {
    ground.write('a', 'mine')
    await ground.run(push)
    await foreign('m/files/new', 'theirs')
    await foreign('m/files/a', 'changed')
    ground.remove('a')
    const first = await ground.run(push, { confirmed: true })
    expect(first.foreign).toEqual(
      expect.arrayContaining([
        { path: 'a', kind: 'changed' },
        { path: 'new', kind: 'added' },
      ]),
    )
    ground.calls.length = 0
    expect((await ground.run(push, { confirmed: true })).foreign).toHaveLength(2)
    expect(ground.calls).toEqual(['list m/files/', 'list m/versions/'])
    expect(await ground.objects()).toEqual({ 'm/files/a': 'changed', 'm/files/new': 'theirs' })
  })

  it('is mended where an object is gone', async () => {
    ground.write('a', 'mine')
    await ground.run(push)
    await ground.store.delete('m/files/a')
    expect(await ground.run(push)).toMatchObject({ transferred: 1, foreign: [{ path: 'a', kind: 'gone' }] })
    expect(await ground.objects()).toEqual({ 'm/files/a': 'mine' })
  })
})

describe('many deletions', () => {
  const fill = (count: number) => {
    for (let at = 0; at < count; at++) ground.write(`d/${at}`, String(at))
  }

  it('wait for a word, while new files go', async () => {
    fill(60)
    await ground.run(push)
    for (let at = 0; at < 26; at++) ground.remove(`d/${at}`)
    ground.write('new', 'x')
    expect(await ground.run(previewPush)).toMatchObject({ deleted: 26, transferred: 1, held: { count: 26 } })
    expect(await ground.run(push)).toMatchObject({
      deleted: 0,
      transferred: 1,
      held: { count: 26, total: 61 },
    })
    expect(Object.keys(await ground.objects())).toHaveLength(61)
    expect(await ground.run(push, { confirmed: true })).toMatchObject({ deleted: 26 })
    expect(await versions()).toHaveLength(26)
  })

  it('are done where they are few, or a small part', async () => {
    fill(100)
    await ground.run(push)
    for (let at = 0; at < 27; at++) ground.remove(`d/${at}`)
    expect(await ground.run(push)).toMatchObject({ deleted: 27 })
    for (let at = 27; at < 52; at++) ground.remove(`d/${at}`)
    expect(await ground.run(push)).toMatchObject({ deleted: 25 })
  })

  it('wait where the folder is empty, and nothing is done where it is missing', async () => {
    fill(2)
    await ground.run(push)
    ground.remove('d')
    expect(await ground.run(push)).toMatchObject({ deleted: 0, held: { count: 2, total: 2 } })
    rmSync(ground.folder, { recursive: true })
    await expect(ground.run(push, { confirmed: true })).rejects.toMatchObject({ code: 'source-missing' })
    expect(Object.keys(await ground.objects())).toHaveLength(2)
  })
})

describe('what cannot be mirrored', () => {
  it('is told, and its object stays', async () => {
    ground.write('a', 'one')
    ground.write('d/b', 'two')
    await ground.run(push)
    ground.remove('a')
    ground.remove('d')
    symlinkSync('/etc/passwd', join(ground.folder, 'a'))
    symlinkSync('/etc', join(ground.folder, 'd'))
    ground.write('rest', 'x')
    const outcome = await ground.run(push)
    expect(outcome.left.map(({ path, reason }) => `${reason} ${path}`).sort()).toEqual([
      'symlink a',
      'symlink d',
    ])
    expect(outcome.deleted).toBe(0)
    expect(Object.keys(await ground.objects())).toEqual(['m/files/a', 'm/files/d/b', 'm/files/rest'])
  })

  it.skipIf(process.getuid?.() === 0)('hides what lies in a folder nobody may read', async () => {
    ground.write('d/b', 'two')
    ground.write('rest', 'x')
    await ground.run(push)
    chmodSync(join(ground.folder, 'd'), 0)
    const outcome = await ground.run(push)
    chmodSync(join(ground.folder, 'd'), 0o755)
    expect(outcome).toMatchObject({ deleted: 0, left: [{ path: 'd', reason: 'unreadable' }] })
  })

  it('has odd names that come through as escapes, and too long paths that do not', async () => {
    const odd = Buffer.concat([Buffer.from(`${ground.folder}/`), Buffer.from([0x66, 0xff, 0x6f])])
    writeFileSync(odd, 'bytes')
    ground.write('tab\there', 'x')
    ground.write('%41', 'x')
    ground.write('50%', 'x')
    ground.write('n'.repeat(255), 'x')
    const deep = Array.from({ length: 4 }, () => 'd'.repeat(240)).join('/')
    mkdirSync(join(ground.folder, deep), { recursive: true })
    ground.write(`${deep}/f`, 'x')
    const outcome = await ground.run(push)
    expect(outcome.left).toEqual([{ path: `${deep}/f`, reason: 'too-long' }])
    expect(Object.keys(await ground.objects()).sort()).toEqual(
      [
        'm/files/%2541',
        'm/files/50%',
        'm/files/f%FFo',
        'm/files/tab%09here',
        `m/files/${'n'.repeat(255)}`,
      ].sort(),
    )
  })
})
