import type { Staging } from '../placing/staging.ts'
import { childOf, nameOf, onDisk, type PathKey } from '../target/path-key.ts'
import { sameContent } from '../target/same-content.ts'
import { type EntryMetadata, setOnPath } from '../target/set-metadata.ts'
import { lookAt, type SyncFiles } from '../target/sync-files.ts'
import { markedName, withName } from '../target/target-name.ts'

/** What was restored of one backup, in a folder of its own. */
export interface Part {
  readonly path: string
  /** Put into the name of a file of which another part has another version: when it was backed up. */
  readonly mark: string
}

/**
 * Moves all parts into one private tree, the first one's names before the others'. The same file twice is there once; two versions of it lie side by
 * side. Folders are left open, so that what is in them can move on; answers how they are to be in the end.
 */
export function mergeParts(
  files: SyncFiles,
  staging: Staging,
  parts: readonly Part[],
): ReadonlyMap<PathKey, EntryMetadata> {
  const metadata = new Map<PathKey, EntryMetadata>()
  const merged = new Set<PathKey>()
  for (const part of parts) {
    if (!lookAt(files, part.path)) continue
    openFolders(part.path, '')
    mergeFolder(part, '', '')
  }
  // What moved into a folder gave it a new time.
  for (const key of [...merged].sort((a, b) => b.length - a.length)) {
    const own = metadata.get(key)
    if (own) setOnPath(files, onDisk(staging.tree, key), { ...own, mode: own.mode | 0o700 }, false)
  }
  return metadata

  /** Notes how the folders of a part are; the first part that has one decides. */
  function openFolders(root: string, from: PathKey): void {
    for (const entry of entriesOf(root, from)) {
      if (!entry.isDirectory()) continue
      const key = childOf(from, entry.name)
      const path = onDisk(root, key)
      const seen = files.lstatSync(path, { bigint: true })
      const mode = Number(seen.mode) & 0o7777
      const { mtimeNs, uid, gid } = seen
      if (!metadata.has(key)) metadata.set(key, { mode, mtimeNs, uid: Number(uid), gid: Number(gid) })
      if ((mode & 0o700) !== 0o700) files.chmodSync(path, mode | 0o700)
      openFolders(root, key)
    }
  }

  function entriesOf(root: string, key: PathKey) {
    return files.readdirSync(onDisk(root, key), { withFileTypes: true, encoding: 'buffer' })
  }

  function mergeFolder(part: Part, from: PathKey, to: PathKey): void {
    for (const entry of entriesOf(part.path, from)) {
      const key = childOf(from, entry.name)
      const wanted = childOf(to, entry.name)
      const source = onDisk(part.path, key)
      const there = lookAt(files, onDisk(staging.tree, wanted))
      if (!there) files.renameSync(source, onDisk(staging.tree, wanted))
      else if (entry.isDirectory() && there.isDirectory()) {
        merged.add(wanted)
        mergeFolder(part, key, wanted)
      } else if (!sameContent(files, source, onDisk(staging.tree, wanted)))
        files.renameSync(source, onDisk(staging.tree, freeName(part, wanted)))
    }
  }

  function freeName({ mark }: Part, key: PathKey): PathKey {
    for (let attempt = 1; ; attempt++) {
      const other = withName(key, markedName(nameOf(key), attempt === 1 ? mark : `${mark} ${attempt}`))
      if (!lookAt(files, onDisk(staging.tree, other))) return other
    }
  }
}
