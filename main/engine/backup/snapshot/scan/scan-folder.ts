import { type BigIntStats, constants, lstatSync, readlinkSync } from '../../../env/node/sync-files.ts'
import {
  createTreeBuilder,
  createTreeCursor,
  FLAG_HARD_LINK,
  FLAG_SPARSE,
  NODE,
  type NodeFacts,
  type NodeType,
  type TreeCursor,
} from '../../../repository/format/tree.ts'
import type { ForbiddenPlaces } from '../../../sources/files/forbidden-places.ts'
import { type FsPath, shownPath, systemCodeOf } from '../../../sources/files/fs-path.ts'
import type { Name } from '../../../sources/files/list-folder.ts'
import type { SkippedItem } from '../../../sources/files/skipped-items.ts'
import { reportUnreadable } from '../../../sources/files/walk-sources.ts'
import type { CounterRow } from '../counters.ts'
import type { KnownTree, KnownTrees } from '../known/known-trees.ts'
import { isRacy, isSameNode, isUntouchedFile } from '../known/same-node.ts'
import type { ChunkStore } from '../packs/chunk-store.ts'
import type { Child, ChooseChild } from './choose-child.ts'
import { CompanionFates } from './companion-fates.ts'
import type { ContentReader, FileContent } from './content-reader.ts'
import { childPath, type Frame, ID_BYTES } from './frame.ts'
import { HardLinks } from './hard-links.ts'
import type { XattrReader } from './xattr-reader.ts'

/** A file of this size is worth remembering by itself, before its directory is finished. */
const JOURNALED_FILE_BYTES = 8 << 20

const NO_ID = new Uint8Array(ID_BYTES)

export interface FolderScannerOptions {
  readonly store: ChunkStore
  readonly reader: ContentReader
  readonly known: KnownTrees
  readonly forbidden: ForbiddenPlaces
  readonly counters: CounterRow
  readonly chooseChild: ChooseChild
  /** Undefined where the system has none that we can read. */
  readonly xattrs: XattrReader | undefined
  /** Reads every file, whatever is known of it. */
  readonly checkContent: boolean
  readonly onSkipped: (item: SkippedItem) => void
  readonly onLeftOut: (path: string) => void
  /** A large file is finished: its path in the snapshot and a directory of this one entry. */
  readonly onLargeFile: (path: Uint8Array, tree: Uint8Array) => void
  /** Called before each name with how many are left, itself included; answers how many of the last of them somebody else does. */
  readonly beforeName: (frame: Frame, names: readonly Name[], at: number, limit: number) => number
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/**
 * Looks at everything in a folder and makes its directory, all but the ids of the folders in it. What is known of it from before is
 * walked alongside. As long as nothing differs nothing is encoded; the first difference takes over the entries before it.
 */
export class FolderScanner {
  readonly #options: FolderScannerOptions
  readonly #builder = createTreeBuilder()
  readonly #entryBuilder = createTreeBuilder()
  readonly #nameScratch = Buffer.allocUnsafeSlow(0x10000)
  readonly #links = new HardLinks()
  readonly #companions = new CompanionFates()
  readonly #facts: Mutable<NodeFacts> = {
    name: new Uint8Array(0),
    flags: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    mtimeNs: 0n,
    ctimeNs: 0n,
    ino: 0n,
    dev: 0n,
    xattrs: [],
  }

  /** What is known of the folder at hand; a cursor on the entry that comes next. */
  #known: KnownTree | undefined
  #cursor: TreeCursor | undefined
  /** Entries at the start that are as they were. */
  #sameEntries = 0
  #isSame = false

  constructor(options: FolderScannerOptions) {
    this.#options = options
  }

  /** Fills `frame.tree` and `frame.subfolders`. */
  scan(frame: Frame, names: readonly Name[]): void {
    const { folder } = frame
    this.#begin(frame)
    this.#options.xattrs?.enter(folder, names)
    this.#companions.enter(names)
    let limit = names.length
    for (let at = 0; at < limit; at++) {
      limit -= this.#options.beforeName(frame, names, at, limit)
      const name = names[at] as Name
      const child = this.#options.chooseChild(folder, name)
      if (child) this.#addChild(frame, name, child)
    }
    this.#end(frame)
  }

  #begin(frame: Frame): void {
    this.#known = frame.known
    this.#cursor = undefined
    this.#sameEntries = 0
    // A slice is put together with other parts: it is always encoded.
    this.#isSame = frame.known !== undefined && frame.kind === 'folder'
    if (!this.#isSame) this.#builder.start()
    if (!frame.known) return
    try {
      this.#cursor = createTreeCursor(frame.known.tree)
      this.#advance()
    } catch {
      // What was known is unusable: everything counts as new.
      this.#differ()
      this.#cursor = undefined
    }
  }

  #end(frame: Frame): void {
    if (this.#cursor) this.#differ()
    const known = this.#known
    if (this.#isSame && known) {
      frame.tree = frame.subfolders.length === 0 ? known.tree : Buffer.from(known.tree)
      return
    }
    frame.tree = Buffer.from(this.#builder.finish())
  }

  #addChild(frame: Frame, name: Name, child: Child): void {
    const { forbidden, onLeftOut } = this.#options
    const { fsPath } = child
    let stats: BigIntStats
    try {
      stats = lstatSync(fsPath, { bigint: true })
    } catch (error) {
      // A journal goes with its transaction, and of this one nothing is wanted.
      if (!this.#companions.isLeftOut(name, false)) reportUnreadable(fsPath, error, this.#options)
      return
    }
    if (forbidden.has(fsPath, stats)) {
      onLeftOut(shownPath(fsPath))
      return
    }
    const nameBytes = name.bytes ?? this.#encodeName(name.text)
    const before = this.#find(nameBytes)
    const type = typeOf(stats)
    if (type === NODE.file && this.#companions.isLeftOut(name, before !== undefined)) return
    // Entered only for what may match inside; something else took the folder's place.
    if (child.take === 'matches' && type !== NODE.directory) return
    if (type === NODE.file) this.#addFile(frame, name, nameBytes, fsPath, stats, before)
    else if (type === NODE.directory) this.#addFolder(frame, name, nameBytes, child, stats, before)
    else if (type === NODE.link) this.#addLink(nameBytes, fsPath, stats, before)
    else if (type !== undefined) this.#addSpecial(nameBytes, type, fsPath, stats, before)
  }

  #addFile(
    frame: Frame,
    name: Name,
    nameBytes: Uint8Array,
    fsPath: FsPath,
    found: BigIntStats,
    before: TreeCursor | undefined,
  ): void {
    const { store, counters, reader, checkContent } = this.#options
    counters.add('files', 1)
    const known = this.#known
    const database = this.#companions.look(name, fsPath, found, frame.folder.root < 0)
    const stats = database ?? found
    if (before && known && !checkContent && isUntouchedFile(before, stats, known.scanStartMs, !database)) {
      if (known.trusted || store.hasAll(before.chunkIds)) {
        counters.add('unchangedFiles', 1)
        counters.add('bytes', before.size)
        if (database) this.#companions.decide(name, fsPath, found, 'as-known')
        if (this.#isAsKnown(before, stats, NODE.file)) this.#takeOver(before)
        else this.#putFile(nameBytes, fsPath, stats, before.size, before.chunkIds)
        return
      }
    }
    // What became of what lies beside a database is not written down before its folder is finished.
    const finished = database ? undefined : this.#resumeLarge(frame, nameBytes, stats)
    const content = finished ?? this.#links.find(stats) ?? reader.read(fsPath, found)
    const movedOn = this.#companions.movedOn(name)
    if (movedOn) this.#options.onSkipped({ path: shownPath(movedOn), reason: 'inconsistent' })
    if (!content) {
      counters.add('files', -1)
      return
    }
    if (database || content.database)
      this.#companions.decide(name, fsPath, found, content.database ?? 'as-read')
    counters.add('changedFiles', 1)
    counters.add('bytes', content.sizeBytes)
    this.#links.remember(content)
    this.#putFile(nameBytes, fsPath, content.stats, content.sizeBytes, content.chunkIds)
    if (content.sizeBytes < JOURNALED_FILE_BYTES) return
    this.#entryBuilder.start()
    this.#entryBuilder.addFile(this.#facts, content.chunkIds)
    this.#options.onLargeFile(childPath(frame.folder, nameBytes), this.#entryBuilder.finish())
  }

  /** A large file that this backup had finished before it was interrupted. */
  #resumeLarge(frame: Frame, name: Uint8Array, stats: BigIntStats): FileContent | undefined {
    const { known, store, checkContent } = this.#options
    if (known.isEmpty || checkContent || stats.size < JOURNALED_FILE_BYTES) return undefined
    const found = known.find(childPath(frame.folder, name), 'file')
    if (!found) return undefined
    const cursor = createTreeCursor(found.tree)
    if (!cursor.next() || !isUntouchedFile(cursor, stats, found.scanStartMs)) return undefined
    if (!store.hasAll(cursor.chunkIds)) return undefined
    return { stats, sizeBytes: cursor.size, chunkIds: cursor.chunkIds, database: undefined }
  }

  #putFile(
    name: Uint8Array,
    fsPath: FsPath,
    stats: BigIntStats,
    sizeBytes: number,
    chunkIds: Uint8Array,
  ): void {
    this.#differ()
    const isSparse = stats.blocks * 512n < stats.size
    this.#setFacts(name, fsPath, stats, (isSparse ? FLAG_SPARSE : 0) | hardLinkFlag(stats), sizeBytes)
    this.#builder.addFile(this.#facts, chunkIds)
  }

  #addFolder(
    frame: Frame,
    name: Name,
    nameBytes: Uint8Array,
    child: Child,
    stats: BigIntStats,
    before: TreeCursor | undefined,
  ): void {
    const { fsPath, root, take, layers } = child
    if (before && this.#isSame && this.#isAsKnown(before, stats, NODE.directory)) {
      const { entryBytes } = before
      const { byteOffset } = (this.#known as KnownTree).tree
      const start = entryBytes.byteOffset - byteOffset
      const idAt = before.child.byteOffset - byteOffset
      const end = start + entryBytes.length
      frame.subfolders.push({ name, fsPath, root, take, layers, start, idAt, end })
      this.#takeOver(before)
      return
    }
    this.#differ()
    const start = this.#builder.finish().length
    this.#setFacts(nameBytes, fsPath, stats, 0, 0)
    const idAt = this.#builder.addDirectory(this.#facts, NO_ID)
    const end = this.#builder.finish().length
    frame.subfolders.push({ name, fsPath, root, take, layers, start, idAt, end })
  }

  #addLink(name: Uint8Array, fsPath: FsPath, stats: BigIntStats, before: TreeCursor | undefined): void {
    const known = this.#known
    if (before && known && this.#isAsKnown(before, stats, NODE.link) && !isRacy(stats, known.scanStartMs)) {
      this.#options.counters.add('links', 1)
      this.#takeOver(before)
      return
    }
    let target: Buffer
    try {
      target = readlinkSync(fsPath, 'buffer')
    } catch (error) {
      const code = systemCodeOf(error)
      // EINVAL: something that is no link took its place.
      const reason = code === 'ENOENT' ? 'vanished' : code === 'EINVAL' ? 'changed' : 'unreadable'
      this.#options.onSkipped({ path: shownPath(fsPath), reason, code })
      return
    }
    this.#options.counters.add('links', 1)
    this.#differ()
    this.#setFacts(name, fsPath, stats, hardLinkFlag(stats), 0)
    this.#builder.addLink(this.#facts, target)
  }

  #addSpecial(
    name: Uint8Array,
    type: NodeType,
    fsPath: FsPath,
    stats: BigIntStats,
    before: TreeCursor | undefined,
  ): void {
    this.#options.counters.add('specials', 1)
    if (before && this.#isAsKnown(before, stats, type) && before.rdev === rdevOf(type, stats)) {
      this.#takeOver(before)
      return
    }
    this.#differ()
    this.#setFacts(name, fsPath, stats, hardLinkFlag(stats), 0)
    this.#builder.addSpecial(this.#facts, type, stats.rdev)
  }

  /** Goes to the known entry of this name; `undefined` when there is none. */
  #find(name: Uint8Array): TreeCursor | undefined {
    while (this.#cursor) {
      const order = this.#cursor.compareName(name)
      if (order === 0) return this.#cursor
      if (order > 0) return undefined
      // Known, but no longer there.
      this.#differ()
      this.#advance()
    }
    return undefined
  }

  /** The known entry stays as it is. */
  #takeOver(before: TreeCursor): void {
    if (this.#isSame) this.#sameEntries++
    else this.#builder.addEncoded(before.entryBytes)
    this.#advance()
  }

  #advance(): void {
    if (!this.#cursor?.next()) this.#cursor = undefined
  }

  /** The directory is not what it was: from here on it is encoded. */
  #differ(): void {
    if (!this.#isSame) return
    this.#isSame = false
    this.#builder.start()
    if (this.#sameEntries === 0) return
    const again = createTreeCursor((this.#known as KnownTree).tree)
    for (let i = 0; i < this.#sameEntries && again.next(); i++) this.#builder.addEncoded(again.entryBytes)
  }

  /** Whether the entry says of the node all that one made now would say, its extended attributes included. */
  #isAsKnown(before: TreeCursor, stats: BigIntStats, type: NodeType): boolean {
    if (!isSameNode(before, stats, type)) return false
    const known = this.#known
    return !this.#options.xattrs || (known?.hasXattrs === true && !isRacy(stats, known.scanStartMs))
  }

  #setFacts(name: Uint8Array, fsPath: FsPath, stats: BigIntStats, flags: number, sizeBytes: number): void {
    const facts = this.#facts
    facts.xattrs = this.#options.xattrs?.read(fsPath, stats) ?? []
    facts.name = name
    facts.flags = flags
    facts.mode = Number(stats.mode)
    facts.uid = Number(stats.uid)
    facts.gid = Number(stats.gid)
    facts.size = sizeBytes
    facts.mtimeNs = stats.mtimeNs
    facts.ctimeNs = stats.ctimeNs
    facts.ino = stats.ino
    facts.dev = stats.dev
  }

  #encodeName(text: string): Uint8Array {
    return this.#nameScratch.subarray(0, this.#nameScratch.write(text))
  }
}

function hardLinkFlag(stats: BigIntStats): number {
  return stats.nlink > 1n ? FLAG_HARD_LINK : 0
}

function rdevOf(type: NodeType, stats: BigIntStats): bigint {
  return type === NODE.characterDevice || type === NODE.blockDevice ? stats.rdev : 0n
}

/** The type as the format counts it; `undefined` for what it does not know. */
function typeOf(stats: BigIntStats): NodeType | undefined {
  switch (Number(stats.mode) & constants.S_IFMT) {
    case constants.S_IFREG:
      return NODE.file
    case constants.S_IFDIR:
      return NODE.directory
    case constants.S_IFLNK:
      return NODE.link
    case constants.S_IFIFO:
      return NODE.fifo
    case constants.S_IFSOCK:
      return NODE.socket
    case constants.S_IFCHR:
      return NODE.characterDevice
    case constants.S_IFBLK:
      return NODE.blockDevice
    default:
      return undefined
  }
}
