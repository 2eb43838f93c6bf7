import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { previewPull, pull } from '../../../main/engine/mirror/pull.ts'
import { bodyOfBytes } from '../../../main/engine/storage/body.ts'
import { layMirrorGround, type MirrorGround, sha256 } from './mirror-ground.ts'

let ground: MirrorGround
beforeEach(() => {
  ground = layMirrorGround()
})
afterEach(() => ground.close())

const put = (path: string, content: string, metadata: Record<string, string> = {}) =>
  ground.store.put(`m/files/${path}`, bodyOfBytes(Buffer.from(content)), {
    metadata,
    sha256: sha256(content),
  })
const run = (confirmed = false) => ground.run(pull, { mirror: { direction: 'pull' }, confirmed })
const kept = () =>
  readdirSync(join(ground.folder, '.everstow/versions'))
    .filter((name) => name !== 'index')
    .map((name) => readFileSync(join(ground.folder, '.everstow/versions', name), 'utf8'))
    .sort()

describe('a pull', () => {
  it('makes every object a file with its time and mode', async () => {
    await put('a', 'one', { mtime: '1700000000.500000000', mode: '100600' })
    await put('sub/empty', '')
    await put('tab%09', 'odd')
    expect(await run()).toMatchObject({ transferred: 3, left: [], deleted: 0 })
    expect([ground.read('a'), ground.read('sub/empty'), ground.read('tab\t')]).toEqual(['one', '', 'odd'])
    const { mtimeMs, mode } = statSync(join(ground.folder, 'a'))
    expect(mtimeMs).toBe(1_700_000_000_500)
    expect(mode & 0o777).toBe(0o600)
    ground.calls.length = 0
    expect(await run()).toMatchObject({ transferred: 0, unchanged: 3 })
    expect(ground.calls).toEqual(['list m/files/'])
  })

  it('keeps what it replaces or takes away', async () => {
    await put('a', 'one')
    await put('b', 'two')
    await run()
    await put('a', 'newer')
    await ground.store.delete('m/files/b')
    ground.write('a', 'changed here')
    expect(await run()).toMatchObject({ transferred: 1, replaced: 1, deleted: 1, deletedPaths: ['b'] })
    expect(ground.read('a')).toBe('newer')
    expect(kept()).toEqual(['changed here', 'two'])
    ground.nowMs += 31 * 86_400_000
    expect(await run()).toMatchObject({ tidied: 2 })
    expect(kept()).toEqual([])
  })

  it('takes what is the same already as it is', async () => {
    await put('a', 'one')
    ground.write('a', 'one')
    expect(await run()).toMatchObject({ transferred: 0, unchanged: 1 })
  })

  it('asks before it takes away what it did not bring, and where nothing is there', async () => {
    await put('a', 'one')
    ground.write('own', 'mine')
    const pulling = { mirror: { direction: 'pull' as const } }
    expect(await ground.run(previewPull, pulling)).toMatchObject({
      deletedPaths: ['own'],
      held: { count: 1 },
    })
    expect(await run()).toMatchObject({ deleted: 0, transferred: 1, held: { count: 1 } })
    expect(ground.read('own')).toBe('mine')
    expect(await run(true)).toMatchObject({ deleted: 1 })
    expect(kept()).toEqual(['mine'])
    await ground.store.delete('m/files/a')
    expect(await run()).toMatchObject({ deleted: 0, held: { count: 1, total: 1 } })
    rmSync(ground.folder, { recursive: true })
    await expect(run(true)).rejects.toMatchObject({ code: 'source-missing' })
  })

  it('writes through no link and outside of no folder', async () => {
    const outside = join(ground.base, 'outside')
    mkdirSync(outside)
    symlinkSync(outside, join(ground.folder, 'link'))
    await put('link/a', 'evil')
    await put('%2E%2E/b', 'evil')
    await put('x%2F..%2F..%2Fc', 'evil')
    await put('.everstow/versions/d', 'evil')
    await put('.EVERSTOW/e', 'evil')
    await put('%00', 'evil')
    const { left, transferred } = await run()
    expect(transferred).toBe(0)
    expect(left.filter(({ reason }) => reason === 'name')).toHaveLength(5)
    expect(left).toContainEqual({ path: 'link/a', reason: 'in-the-way' })
    expect(readdirSync(outside)).toEqual([])
    expect(readdirSync(ground.base).sort()).toEqual(
      ['folder', 'outside', 'state.db'].filter((name) => readdirSync(ground.base).includes(name)),
    )
  })

  it('keeps a link that lies where a file has to be', async () => {
    symlinkSync('/etc/passwd', join(ground.folder, 'a'))
    await put('a', 'one')
    await run()
    expect(ground.read('a')).toBe('one')
    expect(readdirSync(join(ground.folder, '.everstow/versions'))).toHaveLength(2)
  })

  it('tells of a folder that is in the way, and replaces an empty one', async () => {
    await put('full', 'one')
    await put('empty', 'two')
    ground.write('full/.everstowignored', 'x')
    mkdirSync(join(ground.folder, 'empty'))
    const outcome = await run()
    expect(outcome.left).toEqual([{ path: 'full', reason: 'in-the-way' }])
    expect(ground.read('empty')).toBe('two')
  })

  it('places nothing that is not what was pushed', async () => {
    const content = 'x'.repeat(100)
    await put('a', 'y'.repeat(100), {})
    await ground.store.put('m/files/a', bodyOfBytes(Buffer.from(content)))
    const inner = ground.store
    ground.store = {
      ...inner,
      head: async (key, signal) => ({ ...(await inner.head(key, signal)), sha256: sha256('else') }),
    }
    const outcome = await run()
    expect(outcome.left).toMatchObject([
      { path: 'a', reason: 'failed', error: { code: 'checksum-mismatch' } },
    ])
    expect(readdirSync(ground.folder)).toEqual(['.everstow'])
    expect(readdirSync(join(ground.folder, '.everstow/mirror'))).toEqual([])
  })
})
