import { CHUNK_ID_BYTES } from '../crypto/chunk-id.ts'
import { damaged } from './damaged.ts'
import {
  AT_CTIME,
  AT_DEV,
  AT_FLAGS,
  AT_GID,
  AT_INO,
  AT_MODE,
  AT_MTIME,
  AT_NAME_LENGTH,
  AT_SIZE,
  AT_TYPE,
  AT_UID,
  areFlagsOf,
  compareNames,
  FIXED_BYTES,
  FLAG_XATTRS,
  isEntryName,
  NODE,
  type NodeType,
  PERMISSION_BITS,
  TREE_HEAD_BYTES,
  TREE_VERSION,
  type Xattr,
} from './tree-layout.ts'

const NS_PER_SECOND = 1_000_000_000
const TWO_TO_32 = 0x100000000

/** Walks the entries of one directory without allocating; every entry is checked before it is shown (`data-damaged`). */
export interface TreeCursor {
  /** Goes on to the next entry; false at the end, when nothing may follow. */
  next(): boolean
  /** Begins again with another directory. */
  reset(bytes: Uint8Array): void
  readonly entryCount: number
  readonly type: NodeType
  readonly flags: number
  /** A view. */
  readonly name: Uint8Array
  /** The name as UTF-8, with U+FFFD for what is not. */
  readonly nameText: string
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly mtimeNs: bigint
  /** The double that Node's `Stats.mtimeMs` gives for the same time. */
  readonly mtimeMs: number
  readonly ctimeNs: bigint
  readonly ino: bigint
  readonly dev: bigint
  /** Files; 0 for the others. */
  readonly chunkCount: number
  /** Files: 32 bytes a chunk, a view; empty for the others. */
  readonly chunkIds: Uint8Array
  /** Directories: the chunkId of the directory, a view; empty for the others. */
  readonly child: Uint8Array
  /** Links: a view; empty for the others. */
  readonly linkTarget: Uint8Array
  /** Devices; 0n for the others. */
  readonly rdev: bigint
  /** Views, ascending by name. */
  readonly xattrs: readonly Xattr[]
  /** The whole entry, a view: `TreeBuilder.addEncoded` takes it over. */
  readonly entryBytes: Uint8Array
  /** Negative when this entry's name comes before `name`, 0 when it is the same. */
  compareName(name: Uint8Array): number
}

/** A cursor before the first entry of the directory `bytes`. */
export function createTreeCursor(bytes: Uint8Array): TreeCursor {
  return new CheckedTreeCursor(bytes)
}

class CheckedTreeCursor implements TreeCursor {
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #entry = 0
  #nameStart = 0
  #nameEnd = 0
  /** What follows the name, up to the attributes. */
  #restStart = 0
  #restEnd = 0
  #end = 0
  #left = 0
  entryCount = 0

  constructor(bytes: Uint8Array) {
    this.reset(bytes)
  }

  reset(bytes: Uint8Array): void {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (bytes.length < TREE_HEAD_BYTES) throw damaged('tree', 'cut')
    if (bytes[0] !== TREE_VERSION) throw damaged('tree', 'version')
    this.entryCount = this.#view.getUint32(1, true)
    this.#left = this.entryCount
    this.#entry = 0
    this.#nameStart = 0
    this.#nameEnd = 0
    this.#restStart = 0
    this.#restEnd = 0
    this.#end = TREE_HEAD_BYTES
  }

  next(): boolean {
    const bytes = this.#bytes
    if (this.#left === 0) {
      if (this.#end !== bytes.length) throw damaged('tree', 'trailing-bytes')
      return false
    }
    const entry = this.#end
    const nameStart = entry + FIXED_BYTES
    if (nameStart > bytes.length) throw damaged('tree', 'cut')
    const view = this.#view
    const nameEnd = nameStart + view.getUint16(entry + AT_NAME_LENGTH, true)
    if (nameEnd > bytes.length) throw damaged('tree', 'cut')
    if (!isEntryName(bytes, nameStart, nameEnd)) throw damaged('tree', 'name')
    if (compareNames(bytes, this.#nameStart, this.#nameEnd, bytes, nameStart, nameEnd) >= 0)
      throw damaged('tree', 'order')

    const type = view.getUint8(entry + AT_TYPE)
    const flags = view.getUint8(entry + AT_FLAGS)
    if (!areFlagsOf(type, flags)) throw damaged('tree', 'flags')
    if (view.getUint32(entry + AT_MODE, true) > PERMISSION_BITS) throw damaged('tree', 'mode')
    const sizeHigh = view.getUint32(entry + AT_SIZE + 4, true)
    if (sizeHigh > 0x1fffff) throw damaged('tree', 'size')
    const size = sizeHigh * TWO_TO_32 + view.getUint32(entry + AT_SIZE, true)
    if (size !== 0 && type !== NODE.file) throw damaged('tree', 'size')

    const restEnd = nameEnd + this.#restLength(type, nameEnd, size)
    if (restEnd > bytes.length) throw damaged('tree', 'cut')
    this.#entry = entry
    this.#nameStart = nameStart
    this.#nameEnd = nameEnd
    this.#restStart = nameEnd
    this.#restEnd = restEnd
    this.#end = flags & FLAG_XATTRS ? this.#endOfXattrs(restEnd) : restEnd
    this.#left--
    return true
  }

  /** The bytes that follow the name by the type, which is checked here. */
  #restLength(type: number, at: number, size: number): number {
    switch (type) {
      case NODE.file: {
        if (at + 4 > this.#bytes.length) throw damaged('tree', 'cut')
        const chunkCount = this.#view.getUint32(at, true)
        if (chunkCount > size || (chunkCount === 0) !== (size === 0)) throw damaged('tree', 'chunk-count')
        return 4 + chunkCount * CHUNK_ID_BYTES
      }
      case NODE.directory:
        return CHUNK_ID_BYTES
      case NODE.link: {
        if (at + 2 > this.#bytes.length) throw damaged('tree', 'cut')
        const targetLength = this.#view.getUint16(at, true)
        if (targetLength === 0) throw damaged('tree', 'link-target')
        return 2 + targetLength
      }
      case NODE.fifo:
      case NODE.socket:
        return 0
      case NODE.characterDevice:
      case NODE.blockDevice:
        return 8
      default:
        throw damaged('tree', 'type')
    }
  }

  /** Checks the attributes from `start` on: names not empty and ascending. */
  #endOfXattrs(start: number): number {
    const bytes = this.#bytes
    const view = this.#view
    if (start + 2 > bytes.length) throw damaged('tree', 'cut')
    const count = view.getUint16(start, true)
    if (count === 0) throw damaged('tree', 'xattrs')
    let at = start + 2
    let beforeStart = 0
    let beforeEnd = 0
    for (let i = 0; i < count; i++) {
      if (at + 2 > bytes.length) throw damaged('tree', 'cut')
      const nameStart = at + 2
      const nameEnd = nameStart + view.getUint16(at, true)
      if (nameEnd + 4 > bytes.length) throw damaged('tree', 'cut')
      if (compareNames(bytes, beforeStart, beforeEnd, bytes, nameStart, nameEnd) >= 0)
        throw damaged('tree', 'xattrs')
      at = nameEnd + 4 + view.getUint32(nameEnd, true)
      if (at > bytes.length) throw damaged('tree', 'cut')
      beforeStart = nameStart
      beforeEnd = nameEnd
    }
    return at
  }

  get type(): NodeType {
    return this.#view.getUint8(this.#entry + AT_TYPE) as NodeType
  }

  get flags(): number {
    return this.#view.getUint8(this.#entry + AT_FLAGS)
  }

  get name(): Uint8Array {
    return this.#bytes.subarray(this.#nameStart, this.#nameEnd)
  }

  get nameText(): string {
    return this.#bytes.toString('utf8', this.#nameStart, this.#nameEnd)
  }

  get mode(): number {
    return this.#view.getUint32(this.#entry + AT_MODE, true)
  }

  get uid(): number {
    return this.#view.getUint32(this.#entry + AT_UID, true)
  }

  get gid(): number {
    return this.#view.getUint32(this.#entry + AT_GID, true)
  }

  get size(): number {
    const at = this.#entry + AT_SIZE
    return this.#view.getUint32(at + 4, true) * TWO_TO_32 + this.#view.getUint32(at, true)
  }

  get mtimeNs(): bigint {
    return this.#view.getBigInt64(this.#entry + AT_MTIME, true)
  }

  get mtimeMs(): number {
    return nodeMilliseconds(this.#view, this.#entry + AT_MTIME)
  }

  get ctimeNs(): bigint {
    return this.#view.getBigInt64(this.#entry + AT_CTIME, true)
  }

  get ino(): bigint {
    return this.#view.getBigUint64(this.#entry + AT_INO, true)
  }

  get dev(): bigint {
    return this.#view.getBigUint64(this.#entry + AT_DEV, true)
  }

  get chunkCount(): number {
    return this.type === NODE.file ? this.#view.getUint32(this.#restStart, true) : 0
  }

  get chunkIds(): Uint8Array {
    return this.#restOf(NODE.file, 4)
  }

  get child(): Uint8Array {
    return this.#restOf(NODE.directory, 0)
  }

  get linkTarget(): Uint8Array {
    return this.#restOf(NODE.link, 2)
  }

  get rdev(): bigint {
    const isDevice = this.type === NODE.characterDevice || this.type === NODE.blockDevice
    return isDevice ? this.#view.getBigUint64(this.#restStart, true) : 0n
  }

  get xattrs(): readonly Xattr[] {
    if ((this.flags & FLAG_XATTRS) === 0) return []
    const found: Xattr[] = []
    const count = this.#view.getUint16(this.#restEnd, true)
    let at = this.#restEnd + 2
    while (found.length < count) {
      const nameEnd = at + 2 + this.#view.getUint16(at, true)
      const valueEnd = nameEnd + 4 + this.#view.getUint32(nameEnd, true)
      const name = this.#bytes.subarray(at + 2, nameEnd)
      found.push({ name, value: this.#bytes.subarray(nameEnd + 4, valueEnd) })
      at = valueEnd
    }
    return found
  }

  get entryBytes(): Uint8Array {
    return this.#bytes.subarray(this.#entry, this.#end)
  }

  compareName(name: Uint8Array): number {
    return compareNames(this.#bytes, this.#nameStart, this.#nameEnd, name, 0, name.length)
  }

  #restOf(type: NodeType, skipped: number): Uint8Array {
    const start = this.type === type ? this.#restStart + skipped : this.#restEnd
    return this.#bytes.subarray(start, this.#restEnd)
  }
}

/**
 * Nanoseconds as Node makes milliseconds of them: `seconds * 1000 + nanoseconds / 1e6` in doubles. The division is done in two
 * 32-bit halves, which costs no bigint: the quotient may be one off, so it is mended by the exact remainder modulo 2^32.
 */
function nodeMilliseconds(view: DataView, at: number): number {
  const low = view.getUint32(at, true)
  let seconds = Math.floor((view.getInt32(at + 4, true) * TWO_TO_32 + low) / NS_PER_SECOND)
  let nanoseconds = (low - Math.imul(seconds | 0, NS_PER_SECOND)) | 0
  if (nanoseconds < 0) {
    seconds--
    nanoseconds += NS_PER_SECOND
  } else if (nanoseconds >= NS_PER_SECOND) {
    seconds++
    nanoseconds -= NS_PER_SECOND
  }
  return seconds * 1000 + nanoseconds / 1e6
}
