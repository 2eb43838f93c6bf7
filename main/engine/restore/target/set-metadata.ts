import type { ArchiveEntry } from '../../archive/entry.ts'
import type { DiskPath } from './path-key.ts'
import type { SyncFiles } from './sync-files.ts'

/** What is set on a file, folder or link after its content. */
export type EntryMetadata = Pick<ArchiveEntry, 'mode' | 'mtimeNs' | 'uid' | 'gid'>

/** The bits a restore without `owner` sets: never setuid or setgid, since the files belong to whoever restores them. */
export function permissions(mode: number, owner: boolean): number {
  return owner ? mode & 0o7777 : mode & 0o1777
}

/** Sets owner, mode and time on an open file. Owner first: changing it clears setuid. */
export function setOnFile(files: SyncFiles, fd: number, entry: EntryMetadata, owner: boolean): void {
  if (owner && entry.uid !== undefined && entry.gid !== undefined) files.fchownSync(fd, entry.uid, entry.gid)
  files.fchmodSync(fd, permissions(entry.mode, owner))
  const time = fileTime(entry.mtimeNs)
  files.futimesSync(fd, time, time)
}

/** The same on a file or folder by its path, which the caller knows to be no symlink. */
export function setOnPath(files: SyncFiles, path: DiskPath, entry: EntryMetadata, owner: boolean): void {
  if (owner && entry.uid !== undefined && entry.gid !== undefined) files.chownSync(path, entry.uid, entry.gid)
  files.chmodSync(path, permissions(entry.mode, owner))
  const time = fileTime(entry.mtimeNs)
  files.utimesSync(path, time, time)
}

/** Owner and time of a symlink itself. */
export function setOnLink(files: SyncFiles, path: DiskPath, entry: EntryMetadata, owner: boolean): void {
  if (owner && entry.uid !== undefined && entry.gid !== undefined)
    files.lchownSync(path, entry.uid, entry.gid)
  const time = fileTime(entry.mtimeNs)
  files.lutimesSync(path, time, time)
}

const MAX_SECONDS = 2 ** 34

/** A time in seconds: a double, whose steps are 238 ns in this century. What is set is within 120 ns of the one that was kept, and no call of Node is finer. */
export function secondsOf(mtimeNs: bigint): number {
  // Whole seconds and fraction apart, so that only the last step rounds.
  const seconds = Number(mtimeNs / 1_000_000_000n) + Number(mtimeNs % 1_000_000_000n) / 1e9
  return Math.max(Math.min(seconds, MAX_SECONDS), -MAX_SECONDS)
}

/** Seconds as Node takes them: a negative number means "now" to it, but the same number as text means what it says. */
export function timeOfSeconds(seconds: number): number | string {
  return seconds < 0 ? String(seconds) : seconds
}

function fileTime(mtimeNs: bigint): number | string {
  return timeOfSeconds(secondsOf(mtimeNs))
}
