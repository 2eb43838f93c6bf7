import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rebuildTreeFile } from '../../../main/engine/backup/snapshot/known/rebuild-tree-file.ts'
import { createTreeCursor, NODE } from '../../../main/engine/repository/format/tree.ts'
import { setXattrs, whyNoXattrs, type XattrsOfTree, xattrsOfTree } from '../../ground/real-xattrs.ts'
import { at, clock, letTimePass, type PackPile, Series } from './ground.ts'

const whyNot = whyNoXattrs('user.')
const isPrivileged = whyNoXattrs('trusted.') === undefined

function put(path: string, content = path): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), content)
}

/** What a snapshot says of the folder that is its first root, in the form of `xattrsOfTree`. */
function xattrsOfSnapshot(pile: PackPile, rootTreeId: string): XattrsOfTree {
  const found: XattrsOfTree = {}
  const walk = (id: Uint8Array, folder: string | undefined): void => {
    const cursor = createTreeCursor(pile.chunk(id))
    while (cursor.next()) {
      const name = Buffer.from(cursor.name).toString('latin1')
      const path = folder === undefined ? '.' : folder === '.' ? name : `${folder}/${name}`
      for (const { name: key, value } of cursor.xattrs)
        found[`${path} ${Buffer.from(key).toString('latin1')}`] = Buffer.from(value).toString('latin1')
      if (cursor.type === NODE.directory) walk(Buffer.from(cursor.child), path)
    }
  }
  walk(Buffer.from(rootTreeId, 'hex'), undefined)
  return found
}

describe.skipIf(whyNot)(`extended attributes${whyNot ? `: ${whyNot}` : ''}`, () => {
  test('of files, folders and links, whatever their names and values', async () => {
    for (const name of ['plain', 'none', 'folder/inside', 'folder/deep/x', 'new\nline', 'ü = \\ "q" '])
      put(`src/${name}`)
    const badName = Buffer.concat([Buffer.from(at('src/bad-')), Buffer.from([0xff, 0x0a, 0xfe])])
    const badFolder = Buffer.concat([Buffer.from(at('src/dir-')), Buffer.from([0xe9])])
    writeFileSync(badName, 'x')
    mkdirSync(badFolder)
    const inside = Buffer.concat([badFolder, Buffer.from('/inside')])
    writeFileSync(inside, 'x')
    symlinkSync('plain', at('src/link'))
    linkSync(at('src/plain'), at('src/folder/second-name'))
    put('src/closed')
    setXattrs([
      [at('src'), 'user.top', 'of the root itself'],
      [at('src/plain'), 'user.binary', Buffer.from([0, 1, 255, 10, 0])],
      [at('src/plain'), 'user.empty', ''],
      [at('src/plain'), 'user.ünï cödé=\\', 'odd name'],
      [at('src/folder'), 'user.of a folder', 'y'],
      [at('src/folder/inside'), 'user.large', Buffer.alloc(3900, 'l')],
      [at('src/new\nline'), 'user.a\nb', 'c\nd'],
      [at('src/ü = \\ "q" '), 'user.q', '"'],
      [at('src/closed'), Buffer.from('user.\xff=\\\n', 'latin1'), 'a name that is not text'],
      [badName, 'user.bytes', Buffer.from([0, 255])],
      [badName, Buffer.from('user.\xfe', 'latin1'), ''],
      [badFolder, 'user.folder', 'z'],
      [inside, 'user.inside', 'a folder that is not text'],
      ...(isPrivileged
        ? ([
            [at('src/link'), 'trusted.link', 'of the link'],
            [at('src/plain'), 'trusted.file', 't'],
          ] as const)
        : []),
    ])
    chmodSync(at('src/closed'), 0o400)
    if (isPrivileged) execFileSync('setcap', ['cap_net_raw+ep', at('src/folder/deep/x')])

    const { pile, ...series } = open()
    const { result } = await series.run([at('src')])
    expect(result).toMatchObject({ xattrs: true, skipped: [], incomplete: false })
    expect(xattrsOfSnapshot(pile, result.rootTreeId)).toEqual(xattrsOfTree(at('src')))
    const ids = new Set([result.rootTreeId])
    for (const workers of [1, 3]) {
      const other = await open().run([at('src')], { workers, sessionFolder: at(`workers-${workers}`) })
      ids.add(other.result.rootTreeId)
    }
    expect(ids.size).toBe(1)
  })

  test('an unchanged tree stays as it is; a changed attribute alone makes a new snapshot', async () => {
    for (let i = 0; i < 200; i++) put(`src/d${i % 7}/f${i}`)
    symlinkSync('nowhere', at('src/d1/link'))
    setXattrs([
      [at('src/d1/f1'), 'user.a', '1'],
      [at('src/d1'), 'user.folder', '1'],
    ])
    // The reader of attributes has the clock of the computer: only what is old for it too is asked for a folder at a time.
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    const { pile, run } = open()
    const first = await run([at('src')])
    const again = await run([at('src')])
    expect(again.result.rootTreeId).toBe(first.result.rootTreeId)
    expect(again.result.newPacks).toEqual([])
    expect(again.result.nextTreeFile).toBeUndefined()

    for (const path of ['src/d1/f1', 'src/d2', 'src']) {
      setXattrs([[at(path), 'user.a', `of ${path}`]])
      const { result } = await run([at('src')])
      expect(xattrsOfSnapshot(pile, result.rootTreeId)).toEqual(xattrsOfTree(at('src')))
      // The content may be read again; it is never stored again.
      expect(result.newPacks.length).toBe(1)
      expect(result.stats.newBytes).toBe(0)
    }
    execFileSync('setfattr', ['-x', 'user.a', at('src/d1/f1')])
    const { result } = await run([at('src')])
    expect(xattrsOfSnapshot(pile, result.rootTreeId)).toEqual(xattrsOfTree(at('src')))
  })

  test('a change in the same tick as the scan is found by the next', async () => {
    put('src/folder/file')
    const { pile, run } = open()
    await run([at('src')])
    setXattrs([[at('src/folder'), 'user.late', '1']])
    const { result } = await run([at('src')])
    expect(xattrsOfSnapshot(pile, result.rootTreeId)).toEqual({ 'folder user.late': '1' })
  })

  test('what an earlier backup did not ask for is asked for once', async () => {
    for (let i = 0; i < 20; i++) put(`src/d${i % 3}/f${i}`)
    setXattrs([
      [at('src/d0/f0'), 'user.a', '1'],
      [at('src/d1'), 'user.b', '2'],
    ])
    letTimePass()
    const { pile, run } = open()
    const without = await run([at('src')], { xattrs: false })
    expect(without.result.xattrs).toBe(false)
    expect(xattrsOfSnapshot(pile, without.result.rootTreeId)).toEqual({})
    const { result } = await run([at('src')])
    expect(result.stats).toMatchObject({ changedFiles: 0, unchangedFiles: 20 })
    expect(xattrsOfSnapshot(pile, result.rootTreeId)).toEqual(xattrsOfTree(at('src')))
    expect((await run([at('src')])).result.nextTreeFile).toBeUndefined()
  })

  test('a tree without any is the same with and without; the next base says that it was asked', async () => {
    put('src/d/f')
    letTimePass()
    const { run } = open()
    const without = await run([at('src')], { xattrs: false })
    const first = await run([at('src')])
    expect(first.result.rootTreeId).toBe(without.result.rootTreeId)
    expect(first.result.nextTreeFile).toBeDefined()
    expect((await run([at('src')])).result.nextTreeFile).toBeUndefined()
  })

  test('where they cannot be read for once, those that are known stay', async () => {
    put('src/d/f')
    setXattrs([[at('src/d/f'), 'user.a', '1']])
    letTimePass()
    const { run } = open()
    const first = await run([at('src')])
    const without = await run([at('src')], { xattrs: false })
    expect(without.result.rootTreeId).toBe(first.result.rootTreeId)
    const again = await run([at('src')])
    expect(again.result.rootTreeId).toBe(first.result.rootTreeId)
  })

  test('a file of directories made again from the repository keeps them', async () => {
    put('src/d/f')
    setXattrs([[at('src/d/f'), 'user.a', '1']])
    letTimePass()
    const series = new Series()
    const scanStartMs = clock.now()
    const { result } = await series.run([at('src')])
    await rebuildTreeFile({
      rootTreeId: result.rootTreeId,
      scanStartMs,
      hasXattrs: result.xattrs,
      path: at('again'),
      loadTree: async (id) => series.pile.chunk(id),
    })
    series.base = { path: at('again'), rootTreeId: result.rootTreeId, isLive: true }
    const second = await series.run([at('src')])
    expect(second.result.rootTreeId).toBe(result.rootTreeId)
    expect(second.result.stats).toMatchObject({ changedFiles: 0 })
  })

  test('any change between two backups: the snapshot says what a fresh one would say', async () => {
    const path = fc.constantFrom('d', 'd/a', 'd/b', 'd/e', 'd/e/a', 'f', 'f/a')
    const change = fc.oneof(
      fc.record({
        kind: fc.constant('set' as const),
        path,
        key: fc.constantFrom('a', 'b'),
        value: fc.string({ maxLength: 9 }),
      }),
      fc.record({ kind: fc.constant('append' as const), path }),
      fc.record({ kind: fc.constant('move' as const), path }),
    )
    for (const file of ['d/a', 'd/b', 'd/e/a', 'f/a']) put(`src/${file}`)
    const { pile, run } = open()
    await run([at('src')])
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 4 }), async (changes) => {
        for (const one of changes) {
          const place = at('src', one.path)
          if (one.kind === 'set') setXattrs([[place, `user.${one.key}`, one.value]])
          else if (one.kind === 'append' && /[ab]$/.test(one.path)) appendFileSync(place, 'x')
          else if (one.kind === 'move') {
            renameSync(place, at('aside'))
            renameSync(at('aside'), place)
          }
        }
        const { result } = await run([at('src')], { workers: 1 })
        const fresh = await open().run([at('src')], { workers: 1, sessionFolder: at(`fresh-${runs++}`) })
        expect(result.rootTreeId).toBe(fresh.result.rootTreeId)
        expect(xattrsOfSnapshot(pile, result.rootTreeId)).toEqual(xattrsOfTree(at('src')))
      }),
      { numRuns: 4 },
    )
  })
})

function open(): { readonly pile: PackPile; readonly run: Series['run'] } {
  const series = new Series()
  return { pile: series.pile, run: series.run.bind(series) }
}
