import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WorldMoved } from '../../../main/engine/sync/ports.ts'
import { listing, openTestDevice, type TestDevice } from './disk-ground.ts'

let ground: string
let one: TestDevice
beforeEach(async () => {
  ground = mkdtempSync(join(tmpdir(), 'everstow-sync-'))
  one = await openTestDevice({ name: 'one', ground })
})
afterEach(() => {
  one.base.close()
  rmSync(ground, { recursive: true, force: true })
})

const MAKERS: Readonly<Record<string, (path: string) => void>> = {
  file: (path) => writeFileSync(path, `was ${path.slice(-4)}`),
  link: (path) => symlinkSync('nowhere', path),
  folder: (path) => {
    mkdirSync(path)
    writeFileSync(join(path, 'inside'), 'x')
  },
  empty: (path) => mkdirSync(path),
}

for (const [source, make] of Object.entries(MAKERS))
  for (const [occupant, occupy] of Object.entries(MAKERS))
    test(`a ${source} never comes over a ${occupant}: not placed, not renamed, not staged`, async () => {
      const { disk, root } = one
      const at = (name: string) => ({ folder: disk.root, name })
      make(join(root, 'from'))
      occupy(join(root, 'onto'))
      const before = listing(root)
      const inodes = () => ['from', 'onto'].map((name) => lstatSync(join(root, name)).ino)
      const same = inodes()
      await expect(disk.rename(at('from'), at('onto'))).rejects.toThrow(WorldMoved)
      expect([listing(root), inodes()]).toEqual([before, same])
      await disk.stage(at('from'), 'moved-1')
      await expect(disk.place('moved-1', at('onto'))).rejects.toThrow(WorldMoved)
      await expect(disk.stage(at('onto'), 'moved-1')).rejects.toThrow(WorldMoved)
      await disk.place('moved-1', at('from'))
      expect([listing(root), inodes()]).toEqual([before, same])
      expect(await disk.staged()).toEqual([])
    })
