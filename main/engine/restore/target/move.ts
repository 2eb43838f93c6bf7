import type { BigIntStats } from '../../env/node/sync-files.ts'
import { type DiskPath, onDisk, type PathKey, parentOf } from './path-key.ts'
import { type EntryMetadata, setOnFile, setOnLink, setOnPath } from './set-metadata.ts'
import { codeOf, lookAt, removeTree, type SyncFiles, writeAll } from './sync-files.ts'

/** Errors of a file system that has no hard links, or not here. */
export const NO_LINK_CODES: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK', 'EXDEV'])

/**
 * Moves a file, link or folder to a name that is free or holds a file that may go. One rename; where a folder of the target lies on another
 * volume, a copy beside the name and then the rename, so that the name never holds a part.
 */
export function moveInto(files: SyncFiles, from: DiskPath, to: DiskPath): 'renamed' | 'copied' {
  try {
    files.renameSync(from, to)
    return 'renamed'
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error
    const target = Buffer.from(to)
    const part = Buffer.concat([target.subarray(0, target.lastIndexOf(0x2f) + 1), PART_NAME])
    if (lookAt(files, part)) remove(files, part)
    try {
      copyAny(files, from, part)
      files.renameSync(part, to)
    } catch (failure) {
      if (lookAt(files, part)) remove(files, part)
      throw failure
    }
    remove(files, from)
    return 'copied'
  }
}

/** The same name for every copy: what a crash leaves behind is replaced by the next one. */
const PART_NAME = Buffer.from('.everstow-part')

/**
 * Keeps what is about to be replaced: under the same path in `.everstow-replaced-…` at the top of the target. A file that another file replaces gets
 * a second name there, so that there is no moment in which its place is empty; everything else is moved. Answers the folder.
 */
export function keepOld(
  files: SyncFiles,
  into: string,
  replacedName: string,
  key: PathKey,
  byFolder: boolean,
): string {
  const folder = `${into}/${replacedName}`
  if (!lookAt(files, folder)?.isDirectory()) files.mkdirSync(folder, { mode: 0o700 })
  makeFolders(files, folder, parentOf(key))
  const old = onDisk(into, key)
  const kept = onDisk(folder, key)
  if (!byFolder && lookAt(files, old)?.isFile()) {
    try {
      files.linkSync(old, kept)
      return folder
    } catch (error) {
      // Kept already, by a process that died before it put the new file in the place of the old one.
      if (codeOf(error) === 'EEXIST' && lookAt(files, kept)?.ino === lookAt(files, old)?.ino) return folder
      if (!NO_LINK_CODES.has(codeOf(error))) throw error
    }
  }
  moveInto(files, old, kept)
  return folder
}

/** Makes the folders of a path below `root` that are missing. */
function makeFolders(files: SyncFiles, root: string, key: PathKey): void {
  if (key === '' || lookAt(files, onDisk(root, key))?.isDirectory()) return
  makeFolders(files, root, parentOf(key))
  files.mkdirSync(onDisk(root, key))
}

/** A file, a link, or a folder with all in it. */
function remove(files: SyncFiles, path: DiskPath): void {
  if (lookAt(files, path)?.isDirectory()) removeTree(files, path)
  else files.unlinkSync(path)
}

function copyAny(files: SyncFiles, from: DiskPath, to: DiskPath): void {
  const seen = files.lstatSync(from, { bigint: true })
  const metadata = metadataOf(seen)
  if (seen.isSymbolicLink()) {
    files.symlinkSync(files.readlinkSync(from, { encoding: 'buffer' }), to)
    keeping((owner) => setOnLink(files, to, metadata, owner))
  } else if (seen.isDirectory()) {
    files.mkdirSync(to)
    for (const name of files.readdirSync(from, { encoding: 'buffer' })) {
      copyAny(
        files,
        Buffer.concat([Buffer.from(from), SLASH, name]),
        Buffer.concat([Buffer.from(to), SLASH, name]),
      )
    }
    keeping((owner) => setOnPath(files, to, metadata, owner))
  } else {
    copyFile(files, from, to)
  }
}

/** Copies a file's bytes, owner where allowed, mode and time to a new name. */
export function copyFile(files: SyncFiles, from: DiskPath, to: DiskPath): void {
  const { O_RDONLY, O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW = 0 } = files.constants
  const source = files.openSync(from, O_RDONLY | O_NOFOLLOW)
  try {
    const copy = files.openSync(to, O_CREAT | O_EXCL | O_WRONLY, 0o600)
    try {
      const buffer = Buffer.allocUnsafe(256 * 1024)
      for (let read = files.readSync(source, buffer); read > 0; read = files.readSync(source, buffer)) {
        writeAll(files, copy, buffer.subarray(0, read))
      }
      const metadata = metadataOf(files.fstatSync(source, { bigint: true }))
      keeping((owner) => setOnFile(files, copy, metadata, owner))
    } finally {
      files.closeSync(copy)
    }
  } finally {
    files.closeSync(source)
  }
}

function metadataOf(seen: BigIntStats): EntryMetadata {
  return { mode: Number(seen.mode), mtimeNs: seen.mtimeNs, uid: Number(seen.uid), gid: Number(seen.gid) }
}

/** With the owner where we may and the volume has owners, else without. */
function keeping(set: (owner: boolean) => void): void {
  try {
    set(true)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error
    set(false)
  }
}

const SLASH = Buffer.from('/')
