import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Device, runCycle } from '../../../main/engine/sync/cycle.ts'
import type { Folder, SyncBase, SyncDisk } from '../../../main/engine/sync/ports.ts'
import {
  comeToRest,
  createFolderContents,
  createFolderJournal,
  listing,
  openTestDevice,
  type TestDevice,
} from './disk-ground.ts'

let ground: string
const open: TestDevice[] = []
beforeEach(() => {
  ground = mkdtempSync(join(tmpdir(), 'everstow-sync-'))
})
afterEach(() => {
  for (const { base } of open.splice(0)) base.close()
  rmSync(ground, { recursive: true, force: true })
})

async function device(name: string, more: Partial<Parameters<typeof openTestDevice>[0]> = {}) {
  const one = await openTestDevice({ name, ground, ...more })
  open.push(one)
  return one
}

/** Folders of so many files each. */
function writeMany(root: string, folders: number, files: number): void {
  for (let folder = 0; folder < folders; folder++) {
    mkdirSync(join(root, `f${folder}`))
    for (let file = 0; file < files; file++)
      writeFileSync(join(root, `f${folder}/${file}`), `${folder} ${file}`)
  }
}

/** The same device, telling of each step that matters after a power cut. */
function noted(one: TestDevice): { readonly device: Device; readonly steps: string[] } {
  const steps: string[] = []
  const disk: SyncDisk = {
    ...one.disk,
    place(name, spot, when) {
      steps.push(when === 'later' ? `place ${spot.name}` : `place at once ${spot.name}`)
      return one.disk.place(name, spot, when)
    },
    async flush() {
      await one.disk.flush?.()
      steps.push('flush')
    },
  }
  const base: SyncBase = {
    ...one.base,
    get intents() {
      return one.base.intents
    },
    change(changes) {
      for (const [, node] of changes) if (node?.kind === 'file') steps.push(`note ${node.name}`)
      one.base.change(changes)
    },
  }
  return { device: { ...one, disk, base }, steps }
}

test('D12: the base hears of new files only when all that was placed is durable', async () => {
  const one = await device('one')
  writeMany(one.root, 3, 100)
  await comeToRest([one])
  const { device: two, steps } = noted(await device('two'))
  await runCycle(two)
  const placed = new Set<string>()
  let durable = new Set<string>()
  let notes = 0
  for (const step of steps) {
    const [what, name = ''] = step.split(' ')
    if (what === 'place') placed.add(name)
    else if (what === 'flush') durable = new Set(placed)
    else {
      notes++
      expect(durable, step).toContain(name)
    }
  }
  expect(notes).toBe(300)
  expect(steps.filter((step) => step === 'flush').length).toBeLessThan(10)
})

test('what came before an error is noted, and the error told; the rest comes when it can', async () => {
  const contents = createFolderContents(join(ground, 'contents'))
  const one = await device('one', { contents })
  writeMany(one.root, 2, 40)
  await comeToRest([one])
  let isAway = false
  let written = 0
  const two = await device('two', {
    contents: {
      ...contents,
      async write(content, fd, signal) {
        if (isAway && ++written > 30) throw Object.assign(new Error('away'), { code: 'EIO' })
        return contents.write(content, fd, signal)
      },
    },
  })
  isAway = true
  const { problems } = await runCycle(two)
  expect(problems.size).toBeGreaterThan(0)
  const known = [...two.base.nodes.values()].filter(({ kind }) => kind === 'file')
  expect(known).toHaveLength(80 - problems.size)
  isAway = false
  await comeToRest([one, two])
  expect(listing(two.root)).toEqual(listing(one.root))
})

test('a folder that is moved between placing and flushing is flushed all the same', async () => {
  const one = await device('one')
  writeFileSync(join(one.root, 'a'), 'content')
  const content = await one.disk.shared.store(
    { folder: one.disk.root, name: 'a' },
    (await rested(one, one.disk.root, 'a'))!,
  )
  mkdirSync(join(one.root, 'there'))
  const look = await one.disk.look({ folder: one.disk.root, name: 'there' })
  const spot = { folder: { path: 'there', key: look!.key }, name: 'b' }
  await one.disk.fetch(content!, 'file', 'new-b', 5_000)
  await one.disk.place('new-b', spot, 'later')
  renameSync(join(one.root, 'there'), join(one.root, 'elsewhere'))
  await one.disk.flush?.()
  expect(readFileSync(join(one.root, 'elsewhere/b'), 'utf8')).toBe('content')
  await one.disk.flush?.()
})

/** The look of a file that came to rest. */
async function rested(one: TestDevice, folder: Folder, name: string) {
  for (;;) {
    const look = await one.disk.look({ folder, name })
    if (!look?.stamp.startsWith('young')) return look
  }
}

test('P5: what one batch does not hold goes in the next ones of the same cycle', async () => {
  const contents = createFolderContents(join(ground, 'contents'))
  const journal = createFolderJournal(join(ground, 'journal'))
  let handed = 0
  const one = await device('one', {
    journal,
    contents: {
      ...contents,
      store: (fd, size, signal) => {
        handed++
        return contents.store(fd, size, signal)
      },
      isEnough: () => handed >= 10,
      async finish() {
        handed = 0
        return undefined
      },
    },
  })
  writeMany(one.root, 1, 35)
  const look = await one.disk.look({ folder: one.disk.root, name: 'f0' })
  for (let file = 0; file < 35; file++) await rested(one, { path: 'f0', key: look!.key }, String(file))
  let walks = 0
  let paused = 0
  const disk: SyncDisk = {
    ...one.disk,
    list(folder) {
      if (folder.path === '') walks++
      return one.disk.list(folder)
    },
  }
  const pause = async (): Promise<void> => {
    paused++
  }
  await runCycle({ ...one, disk, pause })
  const batches = journal.batches().map(({ operations }) => operations.length)
  expect(batches).toEqual([11, 10, 10, 5])
  // After the look, and between the batches.
  expect([walks, paused]).toEqual([1, 4])
  const two = await device('two')
  await comeToRest([one, two])
  expect(listing(two.root)).toEqual(listing(one.root))
  expect(journal.batches()).toHaveLength(4)
})

test('P5: a batch of another device between two of its own ends the push', async () => {
  const contents = createFolderContents(join(ground, 'contents'))
  const journal = createFolderJournal(join(ground, 'journal'))
  const two = await device('two', { contents, journal })
  writeFileSync(join(two.root, 'other'), 'of two')
  let handed = 0
  const slots: string[] = []
  const one = await device('one', {
    contents: {
      ...contents,
      store: (fd, size, signal) => {
        handed++
        return contents.store(fd, size, signal)
      },
      isEnough: () => handed >= 10,
      async finish() {
        handed = 0
        return undefined
      },
    },
    journal: {
      ...journal,
      async append(slot, batch) {
        const isMine = await journal.append(slot, batch)
        if (isMine) slots.push(batch.device)
        if (slots.length === 1) await comeToRest([two])
        return isMine
      },
    },
  })
  writeMany(one.root, 1, 35)
  await comeToRest([one, two])
  expect(new Set(journal.batches().map(({ device }) => device)).size).toBe(2)
  expect(listing(two.root)).toEqual(listing(one.root))
})
