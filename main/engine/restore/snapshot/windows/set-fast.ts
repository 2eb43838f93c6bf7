import type { Staging } from '../../placing/staging.ts'
import { permissions, timeOfSeconds } from '../../target/set-metadata.ts'
import type { SyncFiles } from '../../target/sync-files.ts'

/** What a file made in the staging folder has by itself, so that only differences need a system call. */
export interface CreationFacts {
  /** Permission bits that creation takes away (umask, or a default ACL). */
  readonly masked: number
  readonly uid: number
  readonly gid: number
}

/** Finds out by making a file. */
export function creationFacts(files: SyncFiles, staging: Staging): CreationFacts {
  const path = `${staging.folder}/probe`
  if (files.existsSync(path)) files.unlinkSync(path)
  files.closeSync(files.openSync(path, 'wx', 0o777))
  const { mode, uid, gid } = files.lstatSync(path)
  files.unlinkSync(path)
  return { masked: 0o777 & ~mode, uid, gid }
}

/** Sets owner, mode and time of an open file; `hasMode` says that it was made with its mode. Owner first: changing it clears setuid. */
export function metadataSetter(files: SyncFiles, created: CreationFacts, owner: boolean) {
  return (fd: number, hasMode: boolean, mode: number, uid: number, gid: number, seconds: number): void => {
    const bits = permissions(mode, owner)
    const isOthers = owner && (uid !== created.uid || gid !== created.gid)
    if (isOthers) files.fchownSync(fd, uid, gid)
    const isRight = hasMode && !isOthers && (bits & (created.masked | 0o7000)) === 0
    if (!isRight) files.fchmodSync(fd, bits)
    const time = timeOfSeconds(seconds)
    files.futimesSync(fd, time, time)
  }
}
