import type { BigIntStats } from '../../../env/node/sync-files.ts'
import type { FileContent } from './content-reader.ts'

/** Files with more names that one worker remembers; a name met after that is read again, which stores nothing twice. */
const REMEMBERED_FILES = 4096
const REMEMBERED_IDS_BYTES = 32 * 1024

/** What was read under one name of a file need not be read under the next. */
export class HardLinks {
  readonly #contents = new Map<string, FileContent>()

  /** The content of a file of which a name was read, unless it has changed since. */
  find(stats: BigIntStats): FileContent | undefined {
    if (stats.nlink < 2n) return undefined
    const content = this.#contents.get(identityOf(stats))
    if (!content) return undefined
    const { stats: read } = content
    const isSame =
      read.size === stats.size && read.mtimeNs === stats.mtimeNs && read.ctimeNs === stats.ctimeNs
    return isSame ? content : undefined
  }

  remember(content: FileContent): void {
    const { stats, sizeBytes, chunkIds } = content
    if (stats.nlink < 2n || chunkIds.length > REMEMBERED_IDS_BYTES || BigInt(sizeBytes) !== stats.size) return
    const identity = identityOf(stats)
    if (this.#contents.has(identity)) return
    const oldest = this.#contents.keys().next()
    if (this.#contents.size >= REMEMBERED_FILES && !oldest.done) this.#contents.delete(oldest.value)
    this.#contents.set(identity, { stats, sizeBytes, chunkIds: Buffer.from(chunkIds), database: undefined })
  }
}

function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`
}
