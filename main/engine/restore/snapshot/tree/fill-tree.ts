import { asEverstowError, EverstowError } from '../../../model/errors.ts'
import {
  createTreeCursor,
  FLAG_HARD_LINK,
  FLAG_SPARSE,
  FLAG_XATTRS,
  NODE,
  type TreeCursor,
} from '../../../repository/format/tree.ts'
import type { ChunkIndex } from '../../../repository/index/chunk-index.ts'
import type { BlockFetcher } from '../../../repository/read/block-fetcher.ts'
import type { ExistingPolicy } from '../../restore-options.ts'
import type { Selection } from '../../select-paths.ts'
import { addFailed, addRefused } from '../../tally.ts'
import { childOf, onDisk, type PathKey, shown } from '../../target/path-key.ts'
import { permissions, secondsOf, setOnFile } from '../../target/set-metadata.ts'
import { codeOf, lookAt, writeAll } from '../../target/sync-files.ts'
import { type NameRules, refusalOf } from '../../target/target-name.ts'
import type { RestoreCounters } from '../restore-counters.ts'
import { RAW_PATH, type RestoreWindow, SHARED, SPARSE, UNFINISHED } from '../windows/restore-window.ts'
import { createWindowBuilder } from '../windows/window-builder.ts'
import { FILE_CODES } from '../windows/window-files.ts'
import { clearName } from './clear-name.ts'
import {
  type FolderFrame,
  type FramesContext,
  frameBelow,
  isLeft,
  makeFolder,
  topFrame,
} from './folder-frames.ts'

/** Pieces of a very large file that are worth a part of their own. */
const LEAST_PART = 1024

export interface FillContext extends FramesContext {
  readonly index: ChunkIndex
  readonly fetcher: BlockFetcher
  readonly selection: Selection
  readonly leadsTo: (folder: string) => boolean
  readonly rules: NameRules
  readonly existing: ExistingPolicy
  readonly counters: RestoreCounters
  /** Takes a window to be written; resolves when there is room for the next one. `paths` are the files' keys. */
  hand(window: RestoreWindow, paths: readonly PathKey[]): Promise<void>
}

/**
 * Walks a snapshot and makes its folders in the private tree; files go into windows for those who write, links and the like onto the late list.
 * Resolves when the last window was handed over.
 */
export async function fillTree(context: FillContext, rootId: Uint8Array): Promise<void> {
  const { files, tree, index, fetcher, selection, tally, late, owner, counters } = context
  const builder = createWindowBuilder(index)
  let paths: PathKey[] = []
  let openFolder: FolderFrame | undefined
  /** First names of files with several, by what makes them one file. */
  const firstNames = new Map<string, PathKey>()

  await fillFolder(topFrame(context), rootId)
  await handOver()

  async function fillFolder(frame: FolderFrame, id: Uint8Array): Promise<void> {
    if (counters.isStopped) throw new EverstowError('cancelled')
    let cursor: TreeCursor
    try {
      cursor = createTreeCursor(await fetcher.tree(id))
      while (cursor.next()) await takeEntry(frame, cursor)
    } catch (caught) {
      const error = asEverstowError(caught)
      const isLost =
        error.code === 'data-damaged' || error.code === 'chunk-missing' || error.code === 'object-missing'
      if (!isLost || frame.key === '') throw error
      addFailed(tally, { path: shown(frame.key), code: error.code })
    }
  }

  async function takeEntry(folder: FolderFrame, entry: TreeCursor): Promise<void> {
    const key = childOf(folder.key, Buffer.from(entry.name))
    const path = shown(key)
    const isDirectory = entry.type === NODE.directory
    const isChosen = selection.choose({ path, kind: isDirectory ? 'directory' : 'file' }) === 'take'
    if (!isChosen && !(isDirectory && context.leadsTo(path))) return
    const reason = refusalOf(key, context.into.length > tree.length ? context.into : tree, context.rules)
    if (reason) return addRefused(tally, { path, reason })
    if (isDirectory) {
      const frame = frameBelow(context, folder, key, metadataOf(entry))
      if (isChosen && !makeFolder(context, frame)) return
      if (isChosen) noteAttributes(key, entry)
      return fillFolder(frame, entry.child.slice())
    }
    if (context.existing === 'skip' && folder.isInTarget && lookAt(files, onDisk(context.into, key))) {
      tally.skipped++
      return
    }
    if (!makeFolder(context, folder)) return
    tally.restored++
    noteAttributes(key, entry)
    if (entry.type === NODE.file) await takeFile(folder, key, entry)
    else takeOther(folder, key, entry)
  }

  async function takeFile(folder: FolderFrame, key: PathKey, entry: TreeCursor): Promise<void> {
    tally.bytes += entry.size
    if (entry.flags & FLAG_HARD_LINK) {
      const same = sameFileKey(entry)
      const first = firstNames.get(same)
      if (first !== undefined) {
        dropLeft(folder, key)
        late.add({ kind: 'hardlink', key, first, sizeBytes: entry.size })
        return
      }
      firstNames.set(same, key)
    }
    if (isComplete(folder, key, entry)) {
      counters.addFile()
      counters.addBytes(entry.size)
      return
    }
    try {
      dropLeft(folder, key)
      const isKnown = allKnown(entry)
      if (entry.chunkCount === 0 || !isKnown) await writeAlone(key, entry)
      else await addToWindow(folder, key, entry)
    } catch (caught) {
      const code = codeOf(caught)
      if (code === 'EEXIST') addRefused(tally, { path: shown(key), reason: 'name-collision' })
      else if (FILE_CODES.has(code)) addFailed(tally, { path: shown(key), code })
      else throw caught
      takeBack(entry.size)
    }
  }

  function takeBack(sizeBytes: number): void {
    tally.restored--
    tally.bytes -= sizeBytes
  }

  /** Whether this destination knows all chunks of the file, and they are as long as the file. */
  function allKnown(entry: TreeCursor): boolean {
    let bytes = 0
    for (let chunk = 0; chunk < entry.chunkCount; chunk++) {
      const slot = index.find(entry.chunkIds, chunk * 32)
      if (slot < 0 || index.blockOf(slot) < 0 || index.isLost(slot)) return false
      bytes += index.lengthOf(slot)
    }
    return bytes === entry.size
  }

  /** A file without content, or one whose chunks only another destination may have: written here, chunk by chunk. */
  async function writeAlone(key: PathKey, entry: TreeCursor): Promise<void> {
    const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW = 0 } = files.constants
    const path = onDisk(tree, key)
    const fd = files.openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600)
    try {
      const metadata = metadataOf(entry)
      let bytes = 0
      for await (const chunk of fetcher.chunks(entry.chunkIds)) {
        writeAll(files, fd, chunk)
        bytes += chunk.length
      }
      if (bytes !== entry.size) throw new EverstowError('data-damaged', { data: { reason: 'file-size' } })
      setOnFile(files, fd, metadata, owner)
      counters.addFile()
      counters.addBytes(bytes)
    } catch (caught) {
      const { code } = asEverstowError(caught)
      if (code === 'cancelled' || codeOf(caught) !== '') throw caught
      files.unlinkSync(path)
      addFailed(tally, { path: shown(key), code })
      takeBack(entry.size)
    } finally {
      files.closeSync(fd)
    }
  }

  async function addToWindow(folder: FolderFrame, key: PathKey, entry: TreeCursor): Promise<void> {
    const { chunkCount, chunkIds, size } = entry
    const metadata = metadataOf(entry)
    const record = {
      name: entry.name.slice(),
      sizeBytes: size,
      mode: metadata.mode,
      uid: metadata.uid,
      gid: metadata.gid,
      seconds: secondsOf(metadata.mtimeNs),
    }
    let flags = entry.flags & FLAG_SPARSE ? SPARSE : 0
    if (key.startsWith('\0')) flags |= RAW_PATH
    if (chunkCount > 1) {
      flags |= SHARED
      makeShared(key, size)
    }
    let offset = 0
    for (let chunk = 0; chunk < chunkCount; ) {
      const some = Math.min(chunkCount - chunk, Math.max(builder.piecesLeft, 1))
      const isPart = some < chunkCount
      // Rather a part of some size in the next window than a few pieces in this one.
      const isCrumb = some < LEAST_PART && chunk + some < chunkCount
      if (builder.isFull || isCrumb) {
        await handOver()
        continue
      }
      if (openFolder !== folder) builder.folder(folder.bytes)
      openFolder = folder
      builder.file({ ...record, flags: isPart ? flags | UNFINISHED : flags })
      paths.push(key)
      for (const end = chunk + some; chunk < end; chunk++) {
        const slot = index.find(chunkIds, chunk * 32)
        builder.piece(slot, offset)
        offset += index.lengthOf(slot)
      }
      if (isPart && chunk === chunkCount) late.add({ kind: 'file', key, ...metadata })
    }
    if (builder.isFull) await handOver()
  }

  /** A file that several threads write exists before, with its size. */
  function makeShared(key: PathKey, sizeBytes: number): void {
    const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW = 0 } = files.constants
    const fd = files.openSync(onDisk(tree, key), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600)
    try {
      files.ftruncateSync(fd, sizeBytes)
    } finally {
      files.closeSync(fd)
    }
  }

  async function handOver(): Promise<void> {
    if (builder.isEmpty) return
    const window = builder.build()
    const keys = paths
    paths = []
    openFolder = undefined
    await context.hand(window, keys)
  }

  function takeOther(folder: FolderFrame, key: PathKey, entry: TreeCursor): void {
    dropLeft(folder, key)
    const metadata = metadataOf(entry)
    if (entry.type === NODE.link) {
      tally.links++
      late.add({
        kind: 'symlink',
        key,
        target: Buffer.from(entry.linkTarget).toString('latin1'),
        ...again(key, entry),
        ...metadata,
      })
    } else if (entry.type === NODE.fifo) {
      late.add({ kind: 'fifo', key, ...again(key, entry), ...metadata })
    } else if (owner && (entry.type === NODE.characterDevice || entry.type === NODE.blockDevice)) {
      const kind = entry.type === NODE.blockDevice ? 'block' : 'character'
      late.add({ kind, key, ...deviceNumbers(entry.rdev), ...again(key, entry), ...metadata })
    } else {
      tally.restored--
      addRefused(tally, { path: shown(key), reason: 'device' })
    }
  }

  /** The first name of a link, pipe or device with several. */
  function again(key: PathKey, entry: TreeCursor): { readonly first?: PathKey } {
    if (!(entry.flags & FLAG_HARD_LINK)) return {}
    const same = `${entry.type}:${entry.dev}:${entry.ino}:${entry.ctimeNs}`
    const first = firstNames.get(same)
    if (first !== undefined) return { first }
    firstNames.set(same, key)
    return {}
  }

  function noteAttributes(key: PathKey, entry: TreeCursor): void {
    if (!(entry.flags & FLAG_XATTRS)) return
    const values = entry.xattrs.map(({ name, value }): [string, string] => [
      Buffer.from(name).toString('latin1'),
      Buffer.from(value).toString('base64'),
    ])
    late.add({ kind: 'attributes', key, values })
  }

  /** Whether an interrupted restore finished this file: its time is set last of all. */
  function isComplete(folder: FolderFrame, key: PathKey, entry: TreeCursor): boolean {
    if (!folder.left) return false
    const path = onDisk(tree, key)
    if (!isLeft(folder, Buffer.from(path))) return false
    const seen = lookAt(files, path)
    const driftNs = seen ? seen.mtimeNs - entry.mtimeNs : 0n
    return (
      seen?.isFile() === true &&
      seen.size === BigInt(entry.size) &&
      (Number(seen.mode) & 0o7777) === permissions(entry.mode, owner) &&
      driftNs < 1000n &&
      driftNs > -1000n
    )
  }

  /** Removes what an interrupted restore left half done under this name. */
  function dropLeft(folder: FolderFrame, key: PathKey): void {
    if (!folder.left) return
    const path = onDisk(tree, key)
    if (isLeft(folder, Buffer.from(path))) clearName(files, path)
  }
}

function metadataOf(entry: TreeCursor) {
  return { mode: entry.mode, mtimeNs: entry.mtimeNs, uid: entry.uid, gid: entry.gid }
}

/**
 * What makes two names one file: device and inode, and the same content. The latter because a file may have changed between the two times it
 * was met.
 */
function sameFileKey(entry: TreeCursor): string {
  const ids = Buffer.from(entry.chunkIds)
  const ends = Buffer.concat([ids.subarray(0, 32), ids.subarray(-32)]).toString('latin1')
  return `${entry.dev}:${entry.ino}:${entry.size}:${entry.mtimeNs}:${ends}`
}

/** Major and minor number out of a device number as Linux packs it (makedev(3)). */
function deviceNumbers(packed: bigint): { readonly major: number; readonly minor: number } {
  const major = ((packed >> 8n) & 0xfffn) | ((packed >> 32n) & ~0xfffn)
  const minor = (packed & 0xffn) | ((packed >> 12n) & ~0xffn)
  return { major: Number(major & 0xffffffffn), minor: Number(minor & 0xffffffffn) }
}
