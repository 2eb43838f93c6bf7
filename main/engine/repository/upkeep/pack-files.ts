import { join } from 'node:path'
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from '../../env/node/sync-files.ts'
import { type Random, randomHex } from '../../env/random.ts'
import { looksIncompressible, SAMPLE_BYTES } from '../chunking/look-at-content.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { CHUNK_ROW_BYTES } from '../format/block-table.ts'
import type { PackKind } from '../format/pack-layout.ts'
import { createPackWriter, type PackWriter } from '../format/pack-writer.ts'

/** A finished pack in a folder of this computer. */
export interface PackFile {
  readonly packId: string
  readonly sizeBytes: number
  readonly kind: PackKind
  readonly path: string
  /** Its bytes in an index segment. */
  readonly entry: Uint8Array
}

export interface PackFilesOptions {
  readonly keys: RepoKeys
  readonly random: Random
  /** Made when it is not there; a finished pack is `<folder>/<packId>`. */
  readonly folder: string
  /** Level of zstd; 3 by default. */
  readonly level?: number
  readonly onPack: (pack: PackFile) => void
}

/** Gathers chunks into blocks and packs again, synchronously: for threads that repack and heal. */
export interface PackFiles {
  /** Takes a chunk whose id was proven; the bytes are copied. */
  add(kind: PackKind, id: Uint8Array, chunk: Uint8Array): void
  /** Finishes what is open. */
  finish(): void
  /** Gives up what is open; finished packs stay. */
  abort(): void
}

const BLOCK_BYTES = 1024 * 1024
const PACK_BYTES = 24 * 1024 * 1024

/** Opens a folder for new packs. */
export function createPackFiles(options: PackFilesOptions): PackFiles {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  const packers = { data: createPacker(options, 'data'), trees: createPacker(options, 'trees') }
  return {
    add: (kind, id, chunk) => packers[kind].add(id, chunk),
    finish() {
      for (const packer of Object.values(packers)) packer.finish()
    },
    abort() {
      for (const packer of Object.values(packers)) packer.abort()
    },
  }
}

function createPacker({ keys, random, folder, level = 3, onPack }: PackFilesOptions, kind: PackKind) {
  let plain = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  let plainBytes = 0
  let table = Buffer.allocUnsafeSlow(64 * CHUNK_ROW_BYTES)
  let tableBytes = 0
  let open: { readonly writer: PackWriter; readonly file: number; readonly path: string } | undefined

  function begin() {
    const path = join(folder, `.tmp-${randomHex(random, 8)}`)
    const file = openSync(path, 'wx', 0o600)
    const write = (bytes: Uint8Array) => {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
    }
    return { path, file, writer: createPackWriter({ keys, kind, level, salt: random.bytes(32), write }) }
  }

  function flush(): void {
    if (plainBytes === 0) return
    open ??= begin()
    const middle = Math.max(0, (plainBytes - SAMPLE_BYTES) >>> 1)
    const sample = plain.subarray(middle, Math.min(plainBytes, middle + SAMPLE_BYTES))
    const compress = sample.length < SAMPLE_BYTES || !looksIncompressible(sample)
    open.writer.addBlock(plain.subarray(0, plainBytes), table.subarray(0, tableBytes), compress)
    plainBytes = 0
    tableBytes = 0
    if (open.writer.sizeBytes >= PACK_BYTES) close()
  }

  function close(): void {
    if (!open) return
    const { writer, file, path } = open
    const { packId, sizeBytes, entry } = writer.finish()
    fdatasyncSync(file)
    closeSync(file)
    open = undefined
    const named = join(folder, packId)
    renameSync(path, named)
    onPack({ packId, sizeBytes, kind, path: named, entry })
  }

  return {
    add(id: Uint8Array, chunk: Uint8Array): void {
      if (plainBytes + chunk.length > BLOCK_BYTES) flush()
      if (chunk.length > plain.length) plain = Buffer.allocUnsafeSlow(chunk.length)
      if (tableBytes + CHUNK_ROW_BYTES > table.length) {
        const larger = Buffer.allocUnsafeSlow(table.length * 2)
        larger.set(table.subarray(0, tableBytes))
        table = larger
      }
      table.set(id, tableBytes)
      table.writeUInt32LE(chunk.length, tableBytes + 32)
      tableBytes += CHUNK_ROW_BYTES
      plain.set(chunk, plainBytes)
      plainBytes += chunk.length
    },
    finish(): void {
      flush()
      close()
    },
    abort(): void {
      if (!open) return
      closeSync(open.file)
      rmSync(open.path, { force: true })
      open = undefined
    },
  }
}
