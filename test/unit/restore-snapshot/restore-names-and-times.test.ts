import { execFileSync } from 'node:child_process'
import { linkSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { restoreSnapshot } from '../../../main/engine/restore/snapshot/restore-snapshot.ts'
import { describeTree } from '../../ground/nasty-tree.ts'
import { backedUp, folder, localStore, open, source } from '../repository-read/ground.ts'

const isRoot = process.getuid?.() === 0

async function restored(): Promise<string> {
  const target = join(folder, 'target')
  const { places, snapId } = await backedUp([await localStore()])
  const repository = await open(places[0]!)
  const report = await restoreSnapshot({
    repository,
    snapId,
    into: target,
    existing: 'skip',
    threads: 1,
    owner: isRoot,
  })
  expect(report).toMatchObject({ failed: [], refused: [] })
  return target
}

test.runIf(process.platform === 'linux')(
  'all names of a link, a pipe and a device are names of one thing',
  async () => {
    mkdirSync(join(source, 'below'))
    symlinkSync('nowhere', join(source, 'link'))
    symlinkSync('nowhere', join(source, 'another link'))
    execFileSync('mkfifo', [join(source, 'pipe'), join(source, 'another pipe')])
    const kinds = ['link', 'pipe']
    if (isRoot) {
      execFileSync('mknod', [join(source, 'device'), 'c', '1', '3'])
      kinds.push('device')
    }
    for (const kind of kinds)
      for (const name of [`a ${kind} again`, `below/${kind}`])
        linkSync(join(source, kind), join(source, name))
    const target = await restored()
    expect(describeTree(target, { like: source })).toEqual(describeTree(source))
    for (const kind of kinds) {
      const { ino, nlink } = lstatSync(join(target, kind))
      expect(nlink).toBe(3)
      for (const name of [`a ${kind} again`, `below/${kind}`])
        expect(lstatSync(join(target, name)).ino).toBe(ino)
    }
    for (const kind of ['link', 'pipe']) expect(lstatSync(join(target, `another ${kind}`)).nlink).toBe(1)
  },
)

test.each(['1901-12-14 00:00:00.1', '1969-12-31 23:59:58.000000001', '1969-12-31 23:59:59.999999'])(
  'times before 1970 come back to the microsecond: %s',
  async (time) => {
    const names = ['empty', 'file', 'folder', 'link']
    writeFileSync(join(source, 'empty'), '')
    writeFileSync(join(source, 'file'), 'content')
    mkdirSync(join(source, 'folder'))
    symlinkSync('nowhere', join(source, 'link'))
    execFileSync('touch', ['-h', '-d', `${time} UTC`, ...names.map((name) => join(source, name))])
    const target = await restored()
    for (const name of names) {
      const [want, have] = [source, target].map((at) => lstatSync(join(at, name), { bigint: true }).mtimeNs)
      expect(Math.abs(Number(have! - want!)), name).toBeLessThan(1_000)
    }
  },
)
