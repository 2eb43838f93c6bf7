import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { pull } from '../../../main/engine/mirror/pull.ts'
import { push } from '../../../main/engine/mirror/push.ts'
import { bodyOfBytes } from '../../../main/engine/storage/body.ts'
import { Killed, layMirrorGround, type MirrorGround } from './mirror-ground.ts'

let ground: MirrorGround | undefined
afterEach(() => ground?.close())

async function lay(files: Record<string, string>): Promise<MirrorGround> {
  const laid = layMirrorGround()
  for (const [path, content] of Object.entries(files)) laid.write(path, content)
  await laid.run(push)
  return laid
}

const contents = async (laid: MirrorGround) => new Set(Object.values(await laid.objects()))

describe('a run that is killed before or after any request', () => {
  it.each(['with its memory', 'without its memory'])(
    'keeps every version that ever was pushed, and the next run ends it, %s',
    async (how) => {
      for (let step = 1; ; step++) {
        ground = await lay({ a: 'a1', b: 'b1', 'c/d': 'd1', same: 's1' })
        ground.write('a', 'a2')
        ground.remove('b')
        ground.remove('c')
        ground.write('c', 'c2')
        ground.write('new', 'n1')
        await ground.store.put('m/files/same', bodyOfBytes(Buffer.from('theirs')))
        ground.killAt = step
        const isKilled = await ground.run(push).then(
          () => false,
          (error: { cause?: unknown }) => error instanceof Killed || error.cause instanceof Killed,
        )
        ground.killAt = undefined
        const after = await contents(ground)
        for (const version of ['a1', 'b1', 'd1', 'theirs']) expect([step, ...after]).toContain(version)
        if (how.startsWith('without')) ground.loseMemory()
        const next = await ground.run(push)
        expect(next.left).toEqual([])
        const objects = await ground.objects()
        expect(
          Object.fromEntries(Object.entries(objects).filter(([key]) => key.startsWith('m/files'))),
        ).toEqual({
          'm/files/a': 'a2',
          'm/files/c': 'c2',
          'm/files/new': 'n1',
          'm/files/same': 's1',
        })
        const all = await contents(ground)
        for (const version of ['a1', 'b1', 'd1', 'theirs']) expect(all).toContain(version)
        ground.calls.length = 0
        expect(await ground.run(push)).toMatchObject({ unchanged: 4, foreign: [] })
        expect(ground.calls).toHaveLength(2)
        ground.close()
        if (!isKilled) break
        expect(step).toBeLessThan(100)
      }
    },
  )

  it('keeps every local version of a pull, too', async () => {
    for (let step = 1; ; step++) {
      ground = await lay({ a: 'a1', b: 'b1', 'c/d': 'd1' })
      ground.loseMemory()
      ground.write('a', 'local a')
      ground.write('extra', 'local extra')
      ground.remove('b')
      ground.killAt = step
      const pulling = { mirror: { direction: 'pull' as const }, confirmed: true }
      const isKilled = await ground.run(pull, pulling).then(
        () => false,
        () => true,
      )
      ground.killAt = undefined
      expect(localContents(ground.folder)).toEqual(expect.arrayContaining(['local a', 'local extra']))
      expect((await ground.run(pull, pulling)).left).toEqual([])
      expect([ground.read('a'), ground.read('b'), ground.read('c/d')]).toEqual(['a1', 'b1', 'd1'])
      expect(localContents(ground.folder)).toEqual(expect.arrayContaining(['local a', 'local extra']))
      ground.close()
      if (!isKilled) break
      expect(step).toBeLessThan(100)
    }
  })
})

function localContents(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'))
}
