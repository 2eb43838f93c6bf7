import { once } from 'node:events'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
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

test('a file that a program replaces all the time is never lost while it gets another name', async () => {
  const { disk, root } = one
  const kept = join(ground, 'kept')
  mkdirSync(kept)
  const halt = new Int32Array(new SharedArrayBuffer(4))
  const replacing = new Worker(REPLACING, { eval: true, workerData: { halt, path: join(root, 'A'), kept } })
  let written = 0
  replacing.on('message', (count: number) => {
    written = count
  })
  const ended = once(replacing, 'exit')
  const at = (name: string) => ({ folder: disk.root, name })
  let renamed = 0
  const deadline = performance.now() + 20_000
  while (renamed < 400 && performance.now() < deadline)
    try {
      await disk.rename(at('A'), at(`a ${renamed}`))
      renamed++
    } catch (error) {
      if (!(error instanceof WorldMoved)) throw error
    }
  Atomics.store(halt, 0, 1)
  await ended
  expect(renamed).toBeGreaterThan(0)
  const texts = new Set(
    [root, kept].flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true })
        .filter((each) => each.isFile())
        .map(({ name }) => readFileSync(join(folder, name), 'utf8')),
    ),
  )
  const lost = Array.from({ length: written }, (_, number) => `text ${number}`).filter(
    (text) => !texts.has(text),
  )
  expect(lost).toEqual([])
})

/** Keeps what it replaces; nobody but this one ever makes that name. */
const REPLACING = `
  const { linkSync, renameSync, writeFileSync } = require('node:fs')
  const { parentPort, workerData } = require('node:worker_threads')
  const { halt, path, kept } = workerData
  let number = 0
  while (Atomics.load(halt, 0) === 0 && number < 100_000) {
    writeFileSync(kept + '/next', 'text ' + number)
    try { linkSync(path, kept + '/' + number) } catch (error) { if (error.code !== 'ENOENT') throw error }
    renameSync(kept + '/next', path)
    number++
  }
  parentPort.postMessage(number)
`
