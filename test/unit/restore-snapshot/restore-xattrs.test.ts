import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import * as syncFiles from '../../../main/engine/env/node/sync-files.ts'
import { restoreSnapshot } from '../../../main/engine/restore/snapshot/restore-snapshot.ts'
import { createAttributeSetter } from '../../../main/engine/restore/snapshot/tree/restore-attributes.ts'
import { setXattrs, whyNoXattrs, type XattrToSet, xattrsOfTree } from '../../ground/real-xattrs.ts'
import { backedUp, folder, localStore, open, source } from '../repository-read/ground.ts'

const whyNot = whyNoXattrs('user.')
const isPrivileged = whyNoXattrs('trusted.') === undefined

/** An access list (acl(5)) as the kernel has it: owner rw, user 12345 r, group r, mask r, others nothing. */
function accessList(ownerPermissions: number): Buffer {
  const entries: [tag: number, permissions: number, id: number][] = [
    [0x01, ownerPermissions, 0xffffffff],
    [0x02, 4, 12345],
    [0x04, 4, 0xffffffff],
    [0x10, 4, 0xffffffff],
    [0x20, 0, 0xffffffff],
  ]
  const bytes = Buffer.alloc(4 + entries.length * 8)
  bytes.writeUInt32LE(2)
  entries.forEach(([tag, permissions, id], i) => {
    bytes.writeUInt16LE(tag, 4 + i * 8)
    bytes.writeUInt16LE(permissions, 6 + i * 8)
    bytes.writeUInt32LE(id, 8 + i * 8)
  })
  return bytes
}

let target: string
beforeEach(() => {
  target = join(folder, 'target')
})

/** Backs the source up with the attributes it has, and restores it. */
async function restore(owner: boolean) {
  const real = xattrsOfTree(source)
  const { places, snapId } = await backedUp([await localStore()], {
    xattrsOf: (path) => {
      const below = Buffer.from(path.slice(source.length + 1)).toString('latin1')
      return Object.entries(real)
        .filter(([key]) => key.startsWith(`${below} `) && !key.slice(below.length + 1).includes('/'))
        .map(([key, value]) => ({
          name: Buffer.from(key.slice(below.length + 1), 'latin1'),
          value: Buffer.from(value, 'latin1'),
        }))
    },
  })
  const repository = await open(places[0]!)
  return restoreSnapshot({ repository, snapId, into: target, existing: 'skip', threads: 2, owner })
}

describe.skipIf(whyNot)(`extended attributes come back${whyNot ? `: ${whyNot}` : ''}`, () => {
  test('binary, empty, large, with odd names; on closed files and folders', async () => {
    mkdirSync(join(source, 'closed folder'))
    for (const name of ['plain', 'read only', 'new=\nline', 'ünï', 'closed folder/x'])
      writeFileSync(join(source, name), name)
    linkSync(join(source, 'plain'), join(source, 'twin'))
    setXattrs([
      [join(source, 'plain'), 'user.binary', Buffer.from([0, 1, 2, 255, 10])],
      [join(source, 'plain'), 'user.empty', ''],
      [join(source, 'read only'), 'user.a', 'b'],
      [join(source, 'new=\nline'), 'user.a=\n\\', 'odd'],
      [join(source, 'ünï'), Buffer.from('user.\xff\xfe', 'latin1'), Buffer.from([0, 255])],
      [join(source, 'ünï'), 'user.large', Buffer.alloc(3800, 0xfe)],
      [join(source, 'closed folder'), 'user.folder', 'y'],
      [join(source, 'closed folder'), 'system.posix_acl_default', accessList(7)],
      [join(source, 'closed folder/x'), 'system.posix_acl_access', accessList(6)],
    ])
    chmodSync(join(source, 'read only'), 0o444)
    chmodSync(join(source, 'closed folder'), 0o555)
    const report = await restore(false)
    expect(report).toMatchObject({ failed: [], refused: [] })
    expect(xattrsOfTree(target)).toEqual(xattrsOfTree(source))
    expect(statSync(join(target, 'read only')).mode & 0o7777).toBe(0o444)
    expect(statSync(join(target, 'closed folder/x')).mode).toBe(
      statSync(join(source, 'closed folder/x')).mode,
    )
    expect(statSync(join(target, 'read only')).mtimeMs).toBeCloseTo(
      statSync(join(source, 'read only')).mtimeMs,
      2,
    )
  })

  test.runIf(isPrivileged)('capabilities and trusted ones with the owners, and only with them', async () => {
    writeFileSync(join(source, 'program'), 'x')
    writeFileSync(join(source, 'other'), 'x')
    symlinkSync('program', join(source, 'link'))
    execFileSync('chown', ['12345:12345', join(source, 'program')])
    execFileSync('setcap', ['cap_net_raw+ep', join(source, 'program')])
    setXattrs([
      [join(source, 'program'), 'user.a', '1'],
      [join(source, 'other'), 'trusted.b', Buffer.from([0])],
      [join(source, 'link'), 'trusted.c', ''],
    ])
    expect(await restore(true)).toMatchObject({ failed: [], refused: [] })
    expect(xattrsOfTree(target)).toEqual(xattrsOfTree(source))
    expect(statSync(join(target, 'program')).uid).toBe(12345)
    target = join(folder, 'of somebody else')
    expect(await restore(false)).toMatchObject({ failed: [], refused: [] })
    expect(xattrsOfTree(target)).toEqual({ 'program user.a': '1' })
  })

  test('what the system refuses is in the report, and the file is there', async () => {
    for (const name of ['a', 'b']) writeFileSync(join(source, name), name)
    const { places, snapId } = await backedUp([await localStore()], {
      // No file system keeps a value of this size; and what only another system knows is not missed.
      xattrsOf: (path) =>
        path.endsWith('a')
          ? [{ name: Buffer.from('user.huge'), value: Buffer.alloc(1 << 20) }]
          : [{ name: Buffer.from('com.apple.quarantine'), value: Buffer.from('0081') }],
    })
    const repository = await open(places[0]!)
    const report = await restoreSnapshot({ repository, snapId, into: target, existing: 'skip', threads: 1 })
    expect(report.failed).toEqual([{ path: 'a', code: 'attributes' }])
    expect(report.restored).toBe(2)
    expect(xattrsOfTree(target)).toEqual({})
  })

  test('without native code the program setfattr does it', () => {
    const items: XattrToSet[] = [
      ['plain', 'user.binary', Buffer.from([0, 1, 255, 10])],
      ['plain', 'user.empty', ''],
      ['new=\nli\\ne', Buffer.from('user.a=\n\\\xff', 'latin1'), 'odd'],
      ['plain', 'user.large', Buffer.alloc(3800, 0xfe)],
    ]
    const setter = createAttributeSetter(syncFiles, source, join(folder, 'dump'), false, undefined)
    for (const name of ['plain', 'new=\nli\\ne', 'refused']) writeFileSync(join(source, name), '')
    for (const [path, name, value] of items)
      setter.set({
        kind: 'attributes',
        key: String(path),
        values: [[Buffer.from(name).toString('latin1'), Buffer.from(value).toString('base64')]],
      })
    const huge = Buffer.alloc(1 << 20).toString('base64')
    setter.set({ kind: 'attributes', key: 'refused', values: [['user.huge', huge]] })
    expect(setter.finish()).toEqual(['refused'])
    setter.close()
    expect(xattrsOfTree(source)).toEqual(
      Object.fromEntries(
        items.map(([path, name, value]) => [
          `${path} ${Buffer.from(name).toString('latin1')}`,
          Buffer.from(value).toString('latin1'),
        ]),
      ),
    )
  })
})
