import { createHash, randomBytes } from 'node:crypto'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../../main/engine/env/clock.ts'
import { silentLog } from '../../../main/engine/env/log.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { type OpenSyncBase, openSyncBase } from '../../../main/engine/sync/base/open-sync-base.ts'
import { type CycleResult, type Device, runCycle } from '../../../main/engine/sync/cycle.ts'
import { createChooser, type SyncChoice } from '../../../main/engine/sync/disk/choose.ts'
import { createNodeDisk, type NodeDisk } from '../../../main/engine/sync/disk/node-disk.ts'
import type { DeletionDecision } from '../../../main/engine/sync/guards.ts'
import type { Batch } from '../../../main/engine/sync/operations.ts'
import type { Contents, Journal } from '../../../main/engine/sync/ports.ts'
import { createReplica } from '../../../main/engine/sync/replica.ts'
import { noGlances } from '../../../main/engine/sync/scan/scan.ts'

/** Long enough for the ticks of a file system, short enough for a test. */
export const QUIET_MS = 40

/** Contents in a folder, each a file. */
export function createFolderContents(folder: string): Contents {
  mkdirSync(folder, { recursive: true })
  const read = (fd: number, sizeBytes: number): Buffer => {
    const bytes = Buffer.alloc(sizeBytes)
    let at = 0
    for (let count = 1; at < sizeBytes && count > 0; at += count)
      count = readSync(fd, bytes, at, sizeBytes - at, at)
    return bytes.subarray(0, at)
  }
  const nameOf = (bytes: Buffer) =>
    `${bytes.length}-${bytes.length === 0 ? '' : createHash('sha256').update(bytes).digest('hex').slice(0, 20)}`
  return {
    name: async (fd, sizeBytes) => nameOf(read(fd, sizeBytes)),
    async store(fd, sizeBytes) {
      const bytes = read(fd, sizeBytes)
      const path = join(folder, nameOf(bytes))
      if (!existsSync(path)) {
        const part = `${path}.${randomBytes(4).toString('hex')}`
        writeFileSync(part, bytes)
        renameSync(part, path)
      }
      return nameOf(bytes)
    },
    isEnough: () => false,
    finish: async () => undefined,
    expect() {},
    async write(content, fd) {
      const bytes = readFileSync(join(folder, content))
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
    },
  }
}

/** A journal in a folder: a slot is a file that is made once. */
export function createFolderJournal(folder: string): Journal & { readonly batches: () => Batch[] } {
  mkdirSync(folder, { recursive: true })
  const batches = (from = 1): Batch[] => {
    const all: Batch[] = []
    for (let slot = from; existsSync(join(folder, String(slot))); slot++)
      all.push(JSON.parse(readFileSync(join(folder, String(slot)), 'utf8')) as Batch)
    return all
  }
  return {
    batches,
    async read(from, take) {
      for (const [at, batch] of batches(from).entries()) take(batch, from + at)
    },
    async append(slot, batch) {
      if (slot > 1 && !existsSync(join(folder, String(slot - 1)))) return false
      const part = join(folder, `part-${randomBytes(4).toString('hex')}`)
      writeFileSync(part, JSON.stringify(batch))
      // Whole or not at all, and once.
      try {
        linkSync(part, join(folder, String(slot)))
        return true
      } catch {
        return false
      } finally {
        unlinkSync(part)
      }
    },
  }
}

export interface TestDevice extends Device {
  readonly root: string
  readonly disk: NodeDisk
  readonly base: OpenSyncBase
  cycle(): Promise<CycleResult>
}

export interface TestDeviceOptions {
  readonly name: string
  /** Holds all devices of a test, their journal and contents. */
  readonly ground: string
  readonly choice?: SyncChoice
  readonly contents?: Contents
  readonly journal?: Journal
  readonly quietMs?: number
  readonly clock?: Clock
  /** Another one than Linux has no folders in hand. */
  readonly platform?: NodeJS.Platform
}

/** The real rules of sync over a real folder and a real base. */
export async function openTestDevice(options: TestDeviceOptions): Promise<TestDevice> {
  const { name, ground, choice = { only: [], ignore: [] } } = options
  const root = join(ground, name)
  mkdirSync(root, { recursive: true })
  if (!existsSync(join(root, '.everstow-root')))
    writeFileSync(
      join(root, '.everstow-root'),
      JSON.stringify({ spaceId: 's', deviceId: name, generation: '1' }),
    )
  const base = openSyncBase(join(ground, `${name}.db`))
  const contents = options.contents ?? createFolderContents(join(ground, 'contents'))
  const journal = options.journal ?? createFolderJournal(join(ground, 'journal'))
  const disk = await createNodeDisk({
    root,
    contents,
    isChosen: createChooser(choice),
    platform: options.platform ?? process.platform,
    runs: (key) => base.idsOf(key).some((id) => base.nodes.get(id)?.content?.endsWith('!x')),
    clock: options.clock ?? nodeClock,
    log: silentLog,
    quietMs: options.quietMs ?? QUIET_MS,
  })
  let conflicts = 0
  let decisions: readonly DeletionDecision[] = []
  const device: Device = {
    disk,
    base,
    journal,
    replica: createReplica(journal),
    glances: noGlances(),
    contents: disk.shared,
    device: name,
    nowMs: () => Date.now(),
    newRid: () => randomBytes(8).toString('hex'),
    newId: () => randomBytes(8).toString('hex'),
    conflictName: (file, attempt) => `${file}~${name}${process.pid}-${++conflicts}-${attempt}`,
    rules: () => ({
      strategy: 'server_preferred',
      choices: new Map(),
      latestMs: Number.MAX_SAFE_INTEGER,
      decisions,
    }),
  }
  /** People of these tests mean every deletion. */
  const cycle = async (): Promise<CycleResult> => {
    const result = await runCycle(device)
    decisions = result.held.map(({ direction, nodes }) => ({
      direction,
      do: 'approve',
      nodes: new Set(nodes),
    }))
    return { ...result, isBusy: result.isBusy || result.held.length > 0 }
  }
  return { ...device, root, disk, base, cycle }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs cycles in turn until all devices are idle; gives how many it took. */
export async function comeToRest(devices: readonly TestDevice[], most = 60): Promise<number> {
  let cycles = 0
  for (let calm = 0; calm < devices.length * 2; cycles++) {
    if (cycles > most * devices.length) throw new Error('not at rest')
    const device = devices[cycles % devices.length] as TestDevice
    const { isBusy } = await device.cycle()
    calm = isBusy ? 0 : calm + 1
    if (isBusy) await pause(10)
  }
  return cycles
}

/** Every path with what it holds, without what the program keeps. */
export function listing(root: string, below = ''): string[] {
  return readdirSync(join(root, below))
    .sort()
    .flatMap((name) => {
      const path = below === '' ? name : `${below}/${name}`
      if (path === '.everstow' || path === '.everstow-root') return []
      const stats = lstatSync(join(root, path))
      if (stats.isDirectory()) return [`${path}/`, ...listing(root, path)]
      if (stats.isSymbolicLink()) return [`${path} -> ${readlinkSync(join(root, path))}`]
      return [`${path}${stats.mode & 0o100 ? '*' : ''} = ${readFileSync(join(root, path), 'utf8')}`]
    })
}
