import { closeSync, openSync, rmSync } from '../../../env/node/sync-files.ts'
import type { Random } from '../../../env/random.ts'
import type { RepoKeys } from '../../../repository/crypto/repo-keys.ts'
import type { PackKind } from '../../../repository/format/pack-layout.ts'
import {
  createPackWriter,
  type FinishedPack,
  type PackWriter,
} from '../../../repository/format/pack-writer.ts'
import { writeAll } from '../known/tree-file.ts'

/** A pack is finished at a random size, so that sizes tell nothing of what is inside: so much of `packBytes` above or below it. */
const PACK_SIZE_SPREAD = 1 / 6

/** A pack that is large enough goes on for up to this share of its size, until its padding is small: saves a hundredth of the space. */
const WAIT_FOR_FIT = 1 / 8
/** Padding of at most this share of a pack is small. */
const SMALL_PADDING = 1 / 256

/** A second pack is opened only when the first has this much of its size: small backups stay in one. */
const SECOND_PACK_AFTER = 1 / 6

export interface PackOutputOptions {
  readonly keys: RepoKeys
  readonly kind: PackKind
  /** Level of zstd. */
  readonly level: number
  /** Start of the temporary files' paths; a number is appended. */
  readonly pathPrefix: string
  /** About how large a pack gets. */
  readonly packBytes: number
  /** How many packs may be open; each block goes to one of them at random. */
  readonly mostOpen: number
  readonly random: Random
  /** Called before a pack is begun; may wait. */
  readonly beforePack: () => void
  /** The pack lies complete at `path`, not durable yet. */
  readonly onFinished: (path: string, pack: FinishedPack) => void
}

interface OpenPack {
  readonly path: string
  readonly file: number
  readonly writer: PackWriter
  readonly fullAtBytes: number
}

/** Writes blocks into packs of one kind, in temporary files. */
export class PackOutput {
  readonly #options: PackOutputOptions
  readonly #open: OpenPack[] = []
  #begun = 0

  constructor(options: PackOutputOptions) {
    this.#options = options
  }

  get hasOpenPack(): boolean {
    return this.#open.length > 0
  }

  /** Seals one block; returns its stored size. */
  addBlock(plain: Uint8Array, chunkTable: Uint8Array, compress: boolean): number {
    const pack = this.#choose()
    const before = pack.writer.sizeBytes
    pack.writer.addBlock(plain, chunkTable, compress)
    const stored = pack.writer.sizeBytes - before
    if (isFull(pack)) this.#finish(pack)
    return stored
  }

  /** Finishes what is open. */
  finish(): void {
    for (const pack of [...this.#open]) this.#finish(pack)
  }

  /** Removes what is open. */
  abandon(): void {
    for (const { file, path } of this.#open) {
      closeSync(file)
      rmSync(path, { force: true })
    }
    this.#open.length = 0
  }

  #choose(): OpenPack {
    const { mostOpen, packBytes, random } = this.#options
    const first = this.#open[0]
    if (!first) return this.#begin()
    if (this.#open.length < mostOpen && first.writer.sizeBytes >= packBytes * SECOND_PACK_AFTER)
      return this.#begin()
    return this.#open[Math.floor(random.float() * this.#open.length)] ?? first
  }

  #begin(): OpenPack {
    const { keys, kind, level, pathPrefix, packBytes, random, beforePack } = this.#options
    beforePack()
    const path = `${pathPrefix}-${this.#begun++}`
    const file = openSync(path, 'wx', 0o600)
    try {
      const writer = createPackWriter({
        keys,
        kind,
        level,
        salt: random.bytes(32),
        write: (bytes) => writeAll(file, bytes),
      })
      const fullAtBytes = packBytes * (1 + (2 * random.float() - 1) * PACK_SIZE_SPREAD)
      const pack = { path, file, writer, fullAtBytes }
      this.#open.push(pack)
      return pack
    } catch (error) {
      closeSync(file)
      throw error
    }
  }

  #finish(pack: OpenPack): void {
    const finished = pack.writer.finish()
    this.#open.splice(this.#open.indexOf(pack), 1)
    closeSync(pack.file)
    this.#options.onFinished(pack.path, finished)
  }
}

function isFull({ writer, fullAtBytes }: OpenPack): boolean {
  const { sizeBytes, paddingBytes } = writer
  if (sizeBytes < fullAtBytes) return false
  return paddingBytes <= sizeBytes * SMALL_PADDING || sizeBytes >= fullAtBytes * (1 + WAIT_FOR_FIT)
}
