import { keyOf, ownersIn } from '../../sources/sqlite/companions.ts'
import { inodeText } from '../placing/record.ts'
import { bytesOf, childOf, nameOf, onDisk, type PathKey, parentOf } from '../target/path-key.ts'
import { lookAt, type SyncFiles } from '../target/sync-files.ts'

/** Why something is left as it is. */
export type LeftReason =
  /** Changed, or brought, by somebody since the restore. */
  | 'changed'
  /** A database somebody has open, or had. */
  | 'in-use'
  /** Something stands where it would come back to. */
  | 'in-the-way'
  /** What was put aside is not there any more. */
  | 'kept-gone'
  /** The folder it was in is not there any more. */
  | 'folder-gone'
  /** The system refused. */
  | 'refused'

/** Whether what lies in the target is still what the restore put there. */
export interface Judge {
  /** Undefined: it is the restore's. Folders are judged alone, without what is in them. `isTop`: the thing that was moved, not something in it. */
  of(key: PathKey, stampNs: bigint, isTop: boolean): LeftReason | undefined
  /** Names of a folder, as they are now. */
  namesIn(key: PathKey): PathKey[]
}

/** The system's time of change tells: whoever writes to a file, sets its times, or moves it, sets that one too. `inodes`: see the record. */
export function createJudge(files: SyncFiles, into: string, inodes: ReadonlySet<string>): Judge {
  /** Files with more than one name, by inode: taking one name away changes the others' time. Each was judged before that. */
  const linked = new Map<string, LeftReason | undefined>()
  /** Databases with something of SQLite beside them, of the folder looked at last. */
  let looked: { readonly folder: PathKey; readonly owners: ReadonlySet<string> } | undefined

  function ownersAt(folder: PathKey): ReadonlySet<string> {
    if (looked?.folder !== folder) looked = { folder, owners: ownersIn(namesAt(folder)) }
    return looked.owners
  }

  function namesAt(folder: PathKey) {
    const path = onDisk(into, folder)
    if (!lookAt(files, path)?.isDirectory()) return []
    return files
      .readdirSync(path, { encoding: 'buffer' })
      .map((name) => ({ text: name.toString('latin1'), bytes: undefined, isFolder: false }))
  }

  /** Somebody who has the database open writes to what lies beside it first. */
  function isInUse(key: PathKey, stampNs: bigint): boolean {
    const name = nameOf(key).toString('latin1')
    if (!ownersAt(parentOf(key)).has(keyOf({ text: name, bytes: undefined, isFolder: false }))) return false
    return ['-wal', '-shm', '-journal'].some((suffix) => {
      const beside = lookAt(
        files,
        Buffer.concat([Buffer.from(`${into}/`), bytesOf(key), Buffer.from(suffix)]),
      )
      return beside !== undefined && beside.ctimeNs >= stampNs
    })
  }

  return {
    of(key, stampNs, isTop) {
      const seen = lookAt(files, onDisk(into, key))
      if (!seen) return undefined
      const ino = inodeText(seen.ino)
      if (seen.isDirectory()) return inodes.has(ino) ? undefined : 'changed'
      if (isTop && !inodes.has(ino)) return 'changed'
      if (linked.has(ino)) return linked.get(ino) ?? (seen.mtimeNs >= stampNs ? 'changed' : undefined)
      const reason =
        seen.ctimeNs >= stampNs ? 'changed' : seen.isFile() && isInUse(key, stampNs) ? 'in-use' : undefined
      if (seen.nlink > 1n) linked.set(ino, reason)
      return reason
    },
    namesIn: (key) =>
      files.readdirSync(onDisk(into, key), { encoding: 'buffer' }).map((name) => childOf(key, name)),
  }
}
