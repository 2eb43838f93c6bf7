import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { InProcessClient } from '../../main/app/in-process-client.ts'
import { createSeededRandom } from '../crash/seed.ts'
import { addFarPlace, backUp, type Costs, inApp, noteCost, printCosts } from './cost.ts'
import { type FarServer, startFarServer } from './far-server.ts'
import { describeMachine, load } from './machine.ts'
import { rounded } from './statistics.ts'

/** How one small file is had out of a large backup at an S3 server. */
export interface AccessBench {
  readonly rounds: number
  /** Size of the backup before compression. */
  readonly sizeMb: number
}

const FORMATS = ['archive', 'snapshot'] as const
type Format = (typeof FORMATS)[number]
/** Of a service that is not around the corner. */
const LATENCY_MS = 20
const FILE_BYTES = 10_000
const FILES_A_FOLDER = 500

/** Measures in rounds, each with another file, and prints medians. */
export async function benchAccess({ rounds, sizeMb }: AccessBench): Promise<boolean> {
  const ground = mkdtempSync(join(tmpdir(), 'everstow-bench-access-'))
  try {
    const files = Math.ceil((sizeMb * 1e6) / FILE_BYTES)
    const about = `${files} files of ${FILE_BYTES} bytes, ${LATENCY_MS} ms a request, ${rounds} rounds`
    console.log(`${describeMachine()}, Node ${process.version}, ${about}, load ${rounded(load(), 1)}`)
    const source = layFiles(ground, files)
    for (const format of FORMATS) {
      const server = await startFarServer(LATENCY_MS)
      try {
        printCosts(format, await measureFormat({ ground, source, files, format, rounds, server }))
      } finally {
        await server.close()
      }
    }
    return true
  } finally {
    rmSync(ground, { recursive: true, force: true })
  }
}

interface Scene {
  readonly ground: string
  readonly source: string
  readonly files: number
  readonly format: Format
  readonly rounds: number
  readonly server: FarServer
}

async function measureFormat(scene: Scene): Promise<Costs> {
  const { ground, source, files, format, rounds, server } = scene
  const home = join(ground, `home-${format}`)
  const costs: Costs = new Map()
  const id = await inApp(home, async (client) => {
    await addFarPlace(client, server)
    const made = await backUp(client, source, format)
    const { storedBytes } = await server.asked()
    console.log(`${format}: ${rounded(storedBytes / 1e6, 0)} MB stored`)
    return made
  })

  for (let round = 0; round < rounds; round++) {
    const path = pathOf(Math.floor(((round + 0.5) / rounds) * files))
    const other = pathOf(Math.floor(((round + 0.2) / rounds) * files))
    forget('')
    await inApp(home, async (client) => {
      await step('cold', () => read(client, id, path))
      await step('the same again', () => read(client, id, path))
      await step('another file', () => read(client, id, other))
    })
    await inApp(home, (client) => step('the same after a new start', () => read(client, id, path)))
    forget('')
    await inApp(home, (client) => step('restore, cold', () => restore(client, id, path)))
    // What was restored from is known by now, but for the data.
    forget('data')
    await inApp(home, (client) => step('for the first time', () => read(client, id, path)))
    forget('')
    await inApp(home, async (client) => {
      await step('list a folder, cold', () => list(client, id, dirname(path)))
      await step('find a name after that', () => find(client, basename(path)))
      await step('versions after that', () => versions(client, id, path))
    })
  }
  return costs

  /** Deletes the caches, or one of them. */
  function forget(cache: string): void {
    rmSync(join(home, 'cache', cache), { recursive: true, force: true })
  }

  function step(name: string, work: () => Promise<void>): Promise<void> {
    return noteCost(costs, name, server, work)
  }

  async function restore(client: InProcessClient, backupId: string, path: string): Promise<void> {
    const into = mkdtempSync(join(ground, 'back-'))
    const { runId } = await client.call('restore.start', { backupId, paths: [path], into })
    const run = await client.call('run.wait', { id: runId })
    if (run.restore?.restored !== 1) throw new Error(`${format}: the restore came to ${run.state}`)
  }
}

async function read(client: InProcessClient, id: string, path: string): Promise<void> {
  const { base64 } = await client.call('backup.read', { id, path })
  const bytes = Buffer.from(base64, 'base64').length
  if (bytes !== FILE_BYTES) throw new Error(`${path}: ${bytes} bytes came`)
}

async function list(client: InProcessClient, id: string, folder: string): Promise<void> {
  const { entries } = await client.call('backup.files', { id, folder })
  if (entries.length === 0) throw new Error(`${folder}: nothing is in it`)
}

async function find(client: InProcessClient, name: string): Promise<void> {
  const { matches } = await client.call('backup.find', { name })
  if (matches.length === 0) throw new Error(`${name}: not found`)
}

async function versions(client: InProcessClient, backupId: string, path: string): Promise<void> {
  const found = await client.call('restore.versions', { backupId, path })
  if (found.length !== 1) throw new Error(`${path}: ${found.length} versions`)
}

function pathOf(at: number): string {
  return `source/folder ${Math.floor(at / FILES_A_FOLDER)}/file ${at % FILES_A_FOLDER}.txt`
}

/** Files of which about half can be compressed away. */
function layFiles(ground: string, files: number): string {
  const random = createSeededRandom(1)
  for (let at = 0; at < files; at++) {
    const path = join(ground, pathOf(at))
    if (at % FILES_A_FOLDER === 0) mkdirSync(join(path, '..'), { recursive: true })
    const bytes = Buffer.alloc(FILE_BYTES / 2)
    for (let word = 0; word < bytes.length; word += 4) bytes.writeUInt32LE(random() * 2 ** 32, word)
    writeFileSync(path, bytes.toString('hex'))
  }
  return join(ground, 'source')
}
