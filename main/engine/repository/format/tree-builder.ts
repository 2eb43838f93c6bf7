import { CHUNK_ID_BYTES } from '../crypto/chunk-id.ts'
import { misuse } from './pack-layout.ts'
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
  LONGEST_U16,
  NODE,
  type NodeFacts,
  type NodeType,
  PERMISSION_BITS,
  TREE_HEAD_BYTES,
  TREE_VERSION,
  type Xattr,
} from './tree-layout.ts'

/**
 * Encodes one directory after another into the same growing buffer. Entries must come in ascending order of the names' bytes; a wrong
 * order, a name that cannot be one, or a field out of its range is `internal`.
 */
export interface TreeBuilder {
  /** Begins a directory; what was there is gone. */
  start(): void
  readonly entryCount: number
  /** `chunkIds`: 32 bytes for each chunk in order; none exactly when `size` is 0. */
  addFile(facts: NodeFacts, chunkIds: Uint8Array): void
  /** Answers where in the directory's bytes the child's id lies. */
  addDirectory(facts: NodeFacts, child: Uint8Array): number
  addLink(facts: NodeFacts, target: Uint8Array): void
  /** Fifos, sockets and devices; `rdev` counts for devices. */
  addSpecial(facts: NodeFacts, type: NodeType, rdev: bigint): void
  /** Takes over an entry as a cursor's `entryBytes` gives it. */
  addEncoded(entryBytes: Uint8Array): void
  /** The directory's bytes: a view that is valid until the next `start`. */
  finish(): Uint8Array
}

/** A builder; one per thread is enough. */
export function createTreeBuilder(): TreeBuilder {
  return new GrowingTreeBuilder()
}

class GrowingTreeBuilder implements TreeBuilder {
  #bytes = new Uint8Array(256 * 1024)
  #view = new DataView(this.#bytes.buffer)
  #end = TREE_HEAD_BYTES
  /** The name before, for the order; empty before the first. */
  #nameStart = 0
  #nameEnd = 0
  entryCount = 0

  start(): void {
    this.#end = TREE_HEAD_BYTES
    this.#nameStart = 0
    this.#nameEnd = 0
    this.entryCount = 0
  }

  addFile(facts: NodeFacts, chunkIds: Uint8Array): void {
    const chunkCount = chunkIds.length / CHUNK_ID_BYTES
    if (!Number.isInteger(chunkCount) || !Number.isSafeInteger(facts.size) || facts.size < chunkCount)
      throw misuse('the chunks do not make up the file')
    if ((chunkCount === 0) !== (facts.size === 0)) throw misuse('the chunks do not make up the file')
    this.#addFixed(facts, NODE.file, facts.size, 4 + chunkIds.length)
    this.#putU32(chunkCount)
    this.#putBytes(chunkIds)
    this.#addXattrs(facts.xattrs)
  }

  addDirectory(facts: NodeFacts, child: Uint8Array): number {
    if (child.length !== CHUNK_ID_BYTES) throw misuse('a directory is one chunk')
    this.#addFixed(facts, NODE.directory, 0, child.length)
    const childAt = this.#end
    this.#putBytes(child)
    this.#addXattrs(facts.xattrs)
    return childAt
  }

  addLink(facts: NodeFacts, target: Uint8Array): void {
    if (target.length === 0 || target.length > LONGEST_U16) throw misuse('a link needs a target')
    this.#addFixed(facts, NODE.link, 0, 2 + target.length)
    this.#putU16(target.length)
    this.#putBytes(target)
    this.#addXattrs(facts.xattrs)
  }

  addSpecial(facts: NodeFacts, type: NodeType, rdev: bigint): void {
    if (type < NODE.fifo) throw misuse('not a special node')
    this.#addFixed(facts, type, 0, 8)
    if (type === NODE.characterDevice || type === NODE.blockDevice) {
      this.#view.setBigUint64(this.#end, rdev, true)
      this.#end += 8
    }
    this.#addXattrs(facts.xattrs)
  }

  addEncoded(entryBytes: Uint8Array): void {
    this.#reserve(entryBytes.length)
    const entry = this.#end
    this.#bytes.set(entryBytes, entry)
    const nameStart = entry + FIXED_BYTES
    this.#follow(nameStart, nameStart + this.#view.getUint16(entry + AT_NAME_LENGTH, true))
    this.#end = entry + entryBytes.length
  }

  finish(): Uint8Array {
    this.#bytes[0] = TREE_VERSION
    this.#view.setUint32(1, this.entryCount, true)
    return this.#bytes.subarray(0, this.#end)
  }

  /** Writes the fixed part and the name and leaves room for `moreBytes`. */
  #addFixed(facts: NodeFacts, type: NodeType, size: number, moreBytes: number): void {
    const { name } = facts
    this.#reserve(FIXED_BYTES + name.length + moreBytes)
    const flags = (facts.flags ?? 0) | (facts.xattrs?.length ? FLAG_XATTRS : 0)
    if (!areFlagsOf(type, flags) || (flags & FLAG_XATTRS) !== (facts.xattrs?.length ? FLAG_XATTRS : 0))
      throw misuse('flags that the node cannot have')
    const view = this.#view
    const entry = this.#end
    view.setUint8(entry + AT_TYPE, type)
    view.setUint8(entry + AT_FLAGS, flags)
    view.setUint16(entry + AT_NAME_LENGTH, name.length, true)
    view.setUint32(entry + AT_MODE, facts.mode & PERMISSION_BITS, true)
    view.setUint32(entry + AT_UID, facts.uid, true)
    view.setUint32(entry + AT_GID, facts.gid, true)
    view.setUint32(entry + AT_SIZE, size, true)
    view.setUint32(entry + AT_SIZE + 4, Math.floor(size / 0x100000000), true)
    view.setBigInt64(entry + AT_MTIME, facts.mtimeNs, true)
    view.setBigInt64(entry + AT_CTIME, facts.ctimeNs, true)
    view.setBigUint64(entry + AT_INO, facts.ino, true)
    view.setBigUint64(entry + AT_DEV, facts.dev, true)
    const nameStart = entry + FIXED_BYTES
    const nameEnd = nameStart + name.length
    this.#bytes.set(name, nameStart)
    if (!isEntryName(this.#bytes, nameStart, nameEnd)) throw misuse('not a name of an entry')
    this.#follow(nameStart, nameEnd)
    this.#end = nameEnd
  }

  /** Counts the entry whose name was just written; it must come after the one before. */
  #follow(nameStart: number, nameEnd: number): void {
    const before = compareNames(this.#bytes, this.#nameStart, this.#nameEnd, this.#bytes, nameStart, nameEnd)
    if (before >= 0) throw misuse('entries must be in ascending order')
    this.#nameStart = nameStart
    this.#nameEnd = nameEnd
    this.entryCount++
  }

  /** Sorted by name, so that the same attributes make the same directory. */
  #addXattrs(xattrs: readonly Xattr[] | undefined): void {
    if (!xattrs?.length) return
    const sorted = [...xattrs].sort((a, b) => Buffer.compare(a.name, b.name))
    if (sorted.length > LONGEST_U16) throw misuse('too many extended attributes')
    this.#reserve(2)
    this.#putU16(sorted.length)
    for (const [i, { name, value }] of sorted.entries()) {
      const isTwice = i > 0 && Buffer.compare(sorted[i - 1]!.name, name) === 0
      if (name.length === 0 || name.length > LONGEST_U16 || isTwice) throw misuse('not an attribute name')
      this.#reserve(2 + name.length + 4 + value.length)
      this.#putU16(name.length)
      this.#putBytes(name)
      this.#putU32(value.length)
      this.#putBytes(value)
    }
  }

  #putU16(value: number): void {
    this.#view.setUint16(this.#end, value, true)
    this.#end += 2
  }

  #putU32(value: number): void {
    this.#view.setUint32(this.#end, value, true)
    this.#end += 4
  }

  #putBytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#end)
    this.#end += bytes.length
  }

  #reserve(moreBytes: number): void {
    if (this.#end + moreBytes <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#end + moreBytes, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#end))
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}
