import { hash } from 'node:crypto'
import {
  type BigIntStats,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import type { SessionPack } from '../../../main/engine/backup/snapshot/packs/pack-journal.ts'
import {
  type PipelineRequest,
  type PipelineResult,
  runPipeline,
} from '../../../main/engine/backup/snapshot/run-pipeline.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { nodeFiles } from '../../../main/engine/env/node/node-files.ts'
import { createChunkHasher } from '../../../main/engine/repository/crypto/chunk-id.ts'
import { createRepoKeys } from '../../../main/engine/repository/crypto/repo-keys.ts'
import { openBlock, openPack } from '../../../main/engine/repository/format/pack-reader.ts'
import { encodeSegment, loadSegment } from '../../../main/engine/repository/format/segment.ts'
import {
  createTreeCursor,
  FLAG_HARD_LINK,
  NODE,
  type TreeCursor,
} from '../../../main/engine/repository/format/tree.ts'
import { type ChunkIndex, createChunkIndex } from '../../../main/engine/repository/index/chunk-index.ts'

const keys = createRepoKeys(Buffer.alloc(16, 7), { epochs: [{ epoch: 1, key: Buffer.alloc(32, 9) }] })

let home: string
let aheadMs = 0
/** The clock of the backups: the real one, ahead of the file system's by as much time as was let pass. */
export const clock = { ...nodeClock, now: () => nodeClock.now() + aheadMs }

/** Makes every change time old enough to be trusted: what was just written is read again next time. */
export function letTimePass(): void {
  aheadMs += 2_100
}

/** A path in the folder of the running test. */
export const at = (...names: string[]): string => join(home, ...names)

beforeEach(() => {
  aheadMs = 0
  home = realpathSync(mkdtempSync(join(tmpdir(), 'everstow-pipeline-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** What a place would hold: the packs of several backups, read back as any reader would. */
export class PackPile {
  readonly chunks = new Map<string, Buffer>()
  readonly packs: SessionPack[] = []
  readonly #hasher = createChunkHasher(keys)

  /** Reads a session's packs from its folder: everything in them must open and be what it is called. */
  add(sessionFolder: string, packs: readonly SessionPack[]): void {
    for (const pack of packs) {
      const bytes = readFileSync(join(sessionFolder, 'packs', pack.packId))
      expect(bytes.length).toBe(pack.sizeBytes)
      const { header, table } = openPack(keys, bytes)
      const cursor = table.cursor()
      while (cursor.next()) {
        const sealed = bytes.subarray(cursor.offset, cursor.offset + cursor.storedLength)
        const plain = openBlock(keys, header, cursor.ordinal, sealed, cursor.plainLength)
        let start = 0
        for (let row = 0; row < cursor.chunkCount; row++) {
          const rowBytes = Buffer.from(cursor.chunkTable.subarray(row * 36, row * 36 + 36))
          const end = start + rowBytes.readUInt32LE(32)
          const id = rowBytes.toString('hex', 0, 32)
          const chunk = Buffer.from(plain.subarray(start, end))
          if (Buffer.from(this.#hasher.idOf(chunk)).toString('hex') !== id) throw new Error('wrong chunk id')
          this.chunks.set(id, chunk)
          start = end
        }
      }
      this.packs.push(pack)
    }
  }

  chunk(id: Uint8Array): Buffer {
    const hex = Buffer.from(id).toString('hex')
    const chunk = this.chunks.get(hex)
    if (!chunk) throw new Error(`chunk ${hex} is in no pack`)
    return chunk
  }

  content(cursor: Pick<TreeCursor, 'chunkIds'>): Buffer {
    const ids = Buffer.from(cursor.chunkIds)
    const pieces: Buffer[] = []
    for (let i = 0; i < ids.length; i += 32) pieces.push(this.chunk(ids.subarray(i, i + 32)))
    return Buffer.concat(pieces)
  }

  /** An index of all packs, as a reference destination gives it. */
  index(): ChunkIndex {
    const index = createChunkIndex(10_000)
    loadSegment(index, encodeSegment(this.packs.map(({ entry }) => entry)), 5)
    return index
  }
}

export interface BackupRun {
  readonly result: PipelineResult
  readonly sessionFolder: string
}

/** Several backups of the same sources, one after another, as a plan makes them. */
export class Series {
  readonly pile = new PackPile()
  base: PipelineRequest['base']
  #runs = 0

  async run(
    sources: readonly string[],
    options: Partial<PipelineRequest> & { readonly sessionFolder?: string } = {},
  ): Promise<BackupRun> {
    const sessionFolder = options.sessionFolder ?? at(`session-${this.#runs++}`)
    mkdirSync(sessionFolder, { recursive: true })
    const request = {
      sources,
      keys: keys.cloneable,
      index: this.pile.index().handles(),
      base: this.base,
      workers: 2,
      ...options,
      sessionFolder,
    }
    const result = await runPipeline(request, { clock, files: nodeFiles })
    this.pile.add(sessionFolder, result.newPacks)
    if (result.nextTreeFile) {
      copyFileSync(result.nextTreeFile, at('base'))
      this.base = { path: at('base'), rootTreeId: result.rootTreeId, isLive: true }
    }
    return { result, sessionFolder }
  }
}

/** Every path of a snapshot, as bytes in latin1, with what the tree says of it. */
export function listSnapshot(pile: PackPile, rootTreeId: string): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (id: Uint8Array, prefix: string): void => {
    const cursor = createTreeCursor(pile.chunk(id))
    while (cursor.next()) {
      const path = prefix + Buffer.from(cursor.name).toString('latin1')
      found.set(path, describeEntry(pile, cursor))
      if (cursor.type === NODE.directory) walk(Buffer.from(cursor.child), `${path}/`)
    }
  }
  walk(Buffer.from(rootTreeId, 'hex'), '')
  return found
}

function describeEntry(pile: PackPile, cursor: TreeCursor): string {
  const facts = [
    cursor.type,
    cursor.mode.toString(8),
    cursor.uid,
    cursor.gid,
    cursor.size,
    cursor.mtimeNs,
    cursor.ctimeNs,
    cursor.ino,
    cursor.dev,
    (cursor.flags & FLAG_HARD_LINK) !== 0,
    cursor.rdev,
  ].join(' ')
  if (cursor.type === NODE.file) return `${facts} ${digest(pile.content(cursor))}`
  if (cursor.type === NODE.link) return `${facts} -> ${Buffer.from(cursor.linkTarget).toString('latin1')}`
  return facts
}

/** The same of the file system: what a snapshot of `folder` under `prefix` must say. */
function listFolder(folder: Buffer | string, prefix: string): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (path: Buffer, name: string): void => {
    const stats = lstatSync(path, { bigint: true })
    found.set(name, describeStats(path, stats))
    if (!stats.isDirectory()) return
    for (const child of readdirSync(path, { encoding: 'buffer' }))
      walk(Buffer.concat([path, Buffer.from('/'), child]), `${name}/${child.toString('latin1')}`)
  }
  walk(Buffer.from(folder), prefix)
  return found
}

function describeStats(path: Buffer, stats: BigIntStats): string {
  const type = stats.isFile()
    ? NODE.file
    : stats.isDirectory()
      ? NODE.directory
      : stats.isSymbolicLink()
        ? NODE.link
        : stats.isFIFO()
          ? NODE.fifo
          : NODE.socket
  const facts = [
    type,
    (Number(stats.mode) & 0o7777).toString(8),
    stats.uid,
    stats.gid,
    stats.isFile() ? stats.size : 0,
    stats.mtimeNs,
    stats.ctimeNs,
    stats.ino,
    stats.dev,
    !stats.isDirectory() && stats.nlink > 1n,
    0,
  ].join(' ')
  if (stats.isFile()) return `${facts} ${digest(readFileSync(path))}`
  if (stats.isSymbolicLink()) return `${facts} -> ${readlinkSync(path, 'buffer').toString('latin1')}`
  return facts
}

function digest(bytes: Buffer): string {
  return hash('sha256', bytes)
}

/** The snapshot says exactly what the folder is. */
export function expectSame(pile: PackPile, rootTreeId: string, folder: string, prefix: string): void {
  const snapshot = listSnapshot(pile, rootTreeId)
  const real = listFolder(folder, prefix)
  expect([...snapshot.keys()].sort()).toEqual([...real.keys()].sort())
  const differences = [...snapshot].filter(([path, said]) => said !== real.get(path))
  expect(differences.map(([path, said]) => `${path}: ${said}, not ${real.get(path)}`)).toEqual([])
}
