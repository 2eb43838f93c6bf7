import { dirname } from 'node:path'
import { isDatabaseAt } from '../../sources/sqlite/database-file.ts'
import { addFailed, addRefused, type Tally } from '../tally.ts'
import { keepOld, moveInto } from '../target/move.ts'
import { bytesOf, childOf, type DiskPath, nameOf, onDisk, type PathKey, shown } from '../target/path-key.ts'
import { sameContent } from '../target/same-content.ts'
import { setOnPath } from '../target/set-metadata.ts'
import { codeOf, lookAt, type SyncFiles } from '../target/sync-files.ts'
import { restoredName, withName } from '../target/target-name.ts'
import { type Attributes, inodesOf, type UndoRecord } from './record.ts'
import type { FolderToSet, PlacingPlan, Staging } from './staging.ts'
import { staleCompanions } from './stale-companions.ts'

export interface PlaceContext {
  readonly files: SyncFiles
  readonly staging: Staging
  /** Real path of the target: no link in it, and none is followed below it. */
  readonly into: string
  readonly plan: PlacingPlan
  /** Counts everything in the tree as restored; placing moves what ends otherwise to its own count. */
  readonly tally: Tally
  /** Going on with the work of a process that died. */
  readonly resumed: boolean
  /** Takes down what is done, so that it can be undone. */
  readonly record?: UndoRecord | undefined
}

/** Errors that concern one path; any other stops the restore. */
const PATH_CODES = new Set([
  'EACCES',
  'EPERM',
  'EBUSY',
  'ENAMETOOLONG',
  'ENOTEMPTY',
  'EISDIR',
  'ENOTDIR',
  'EILSEQ',
])

/**
 * Moves a verified tree into the target. Whole folders move in one rename where the target has none; where it has one, their contents are merged.
 * A symlink in the target is a thing in the way like any other, never a way to somewhere else. Every move takes something out of the tree,
 * so after a crash the same call finishes the work.
 */
export function placeTree(context: PlaceContext): void {
  const { files, staging, into, plan, tally, record } = context
  const closed = closedFolders(plan.closed)

  if (!lookAt(files, into)) {
    closed.below('').forEach(closeInTree)
    files.mkdirSync(dirname(into), { recursive: true })
    record?.note({ did: 'new', key: '', inodes: inodesOf(files, staging.tree, '') })
    files.renameSync(staging.tree, into)
    return
  }
  mergeFolder('')
  // A process that died right after a move had no time to close the folder it moved.
  const toSet = context.resumed ? [...plan.merged, ...plan.closed] : plan.merged
  for (const folder of deepestFirst(toSet)) guard(folder.key, () => setInTarget(folder))

  function mergeFolder(folder: PathKey): void {
    const path = onDisk(staging.tree, folder)
    const entries = files.readdirSync(path, { withFileTypes: true, encoding: 'buffer' })
    const names = entries.map(({ name }) => name)
    const stale = staleCompanions(files, into, folder, names)
    for (const entry of entries) {
      const key = childOf(folder, entry.name)
      guard(key, () => mergeEntry(key, entry.isDirectory(), stale.get(key) ?? []))
    }
  }

  /** What the system refuses for one path is named in the report, and the rest goes on. */
  function guard(key: PathKey, run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!PATH_CODES.has(codeOf(error))) throw error
      if (lookAt(files, onDisk(staging.tree, key))) {
        takeBack(key)
        record?.note({ did: 'nothing', key })
      }
      addFailed(tally, { path: shown(key), code: codeOf(error) })
    }
  }

  /** `companions`: what must not lie beside a database that comes to stand there. */
  function mergeEntry(key: PathKey, isFolder: boolean, companions: readonly PathKey[]): void {
    const target = onDisk(into, key)
    const there = lookAt(files, target)
    if (!there) {
      putAside(key, companions)
      move(key, key, 'new')
    } else if (isFolder && there.isDirectory()) {
      tally.directories--
      mergeFolder(key)
    } else if (plan.existing === 'skip') {
      tally.skipped += takeBack(key)
      if (there.isSymbolicLink() && isFolder) addRefused(tally, { path: shown(key), reason: 'through-link' })
    } else if (!isFolder && sameContent(files, onDisk(staging.tree, key), target)) {
      // With a log beside it, it is not what was restored.
      if (plan.existing === 'replace') putAside(key, companions)
      tally.unchanged += takeBack(key)
      if (plan.existing === 'replace' && !there.isSymbolicLink()) setLikeStaged(key)
    } else if (plan.existing === 'rename') {
      const items = amountIn(files, staging.tree, key).items
      move(key, freeName(key), 'new')
      tally.renamed += items
      tally.restored -= items
    } else {
      putAside(key, companions)
      note('replaced', key, key)
      tally.replacedInto = keepOld(files, into, plan.replacedName, key, isFolder)
      move(key, key)
      if (!isFolder) {
        tally.replaced++
        tally.restored--
      }
    }
  }

  /** Before the database comes: a crash in between leaves the old one, and its companions where the report says. */
  function putAside(database: PathKey, companions: readonly PathKey[]): void {
    if (companions.length === 0 || !isDatabaseAt(onDisk(staging.tree, database))) return
    for (const companion of companions) {
      record?.note({ did: 'aside', key: companion, of: database })
      tally.replacedInto = keepOld(files, into, plan.replacedName, companion, true)
    }
  }

  /** `from` is still in the tree. */
  function note(did: 'new' | 'replaced', key: PathKey, from: PathKey): void {
    record?.note({ did, key, inodes: inodesOf(files, staging.tree, from) })
  }

  function move(key: PathKey, to: PathKey, did?: 'new'): void {
    if (did) note(did, to, key)
    closed.below(key).forEach(closeInTree)
    const target = onDisk(into, to)
    if (moveInto(files, onDisk(staging.tree, key), target) === 'copied')
      record?.note({ did: 'copied', key: to, inodes: inodesOf(files, into, to) })
    const self = closed.get(key)
    if (self) setOnPath(files, target, self.metadata, plan.restoreOwner)
  }

  /** Gives a folder inside one that is about to move its final mode; the one that moves must stay open until it has. */
  function closeInTree(folder: FolderToSet): void {
    if (isRealFolder(files, staging.tree, folder.key)) {
      setOnPath(files, onDisk(staging.tree, folder.key), folder.metadata, plan.restoreOwner)
    }
  }

  function setInTarget(folder: FolderToSet): void {
    if (isRealFolder(files, into, folder.key)) {
      const path = onDisk(into, folder.key)
      noteSet(folder.key, path, () => setOnPath(files, path, folder.metadata, plan.restoreOwner))
    }
  }

  function setLikeStaged(key: PathKey): void {
    const staged = files.lstatSync(onDisk(staging.tree, key), { bigint: true })
    const { mtimeNs } = staged
    const path = onDisk(into, key)
    noteSet(key, path, () =>
      setOnPath(files, path, { mode: Number(staged.mode), mtimeNs }, plan.restoreOwner),
    )
  }

  /** Written after it: what it will be is only known then, and mode and time are nobody's only copy. */
  function noteSet(key: PathKey, path: DiskPath, set: () => void): void {
    const was = attributesAt(path)
    set()
    record?.note({ did: 'set', key, was, is: attributesAt(path) })
  }

  function attributesAt(path: DiskPath): Attributes {
    const { mode, mtimeNs } = files.lstatSync(path, { bigint: true })
    return { mode: Number(mode), mtimeNs: String(mtimeNs) }
  }

  function freeName(key: PathKey): PathKey {
    for (let attempt = 1; ; attempt++) {
      const other = withName(key, restoredName(nameOf(key), plan.date, attempt))
      if (!lookAt(files, onDisk(into, other)) && !lookAt(files, onDisk(staging.tree, other))) return other
    }
  }

  /** Takes something that stays in the tree out of the counts; answers how many files and links it is. */
  function takeBack(key: PathKey): number {
    const amount = amountIn(files, staging.tree, key)
    tally.restored -= amount.items
    tally.links -= amount.links
    tally.bytes -= amount.bytes
    tally.directories -= amount.directories
    return amount.items
  }
}

/** Folders of the tree that the target has as well, in both as real folders; they will be merged. */
export function foldersInBoth(files: SyncFiles, tree: string, into: string): PathKey[] {
  const found: PathKey[] = []
  const walk = (folder: PathKey) => {
    for (const entry of files.readdirSync(onDisk(tree, folder), {
      withFileTypes: true,
      encoding: 'buffer',
    })) {
      const key = childOf(folder, entry.name)
      if (!entry.isDirectory() || !lookAt(files, onDisk(into, key))?.isDirectory()) continue
      found.push(key)
      walk(key)
    }
  }
  if (lookAt(files, into)) walk('')
  return found
}

/** Whether a path below `root` is a folder and so is everything between: no step of it is a link. */
export function isRealFolder(files: SyncFiles, root: string, key: PathKey): boolean {
  const bytes = bytesOf(key)
  const rootBytes = Buffer.from(`${root}/`)
  for (let end = bytes.indexOf(0x2f); ; end = bytes.indexOf(0x2f, end + 1)) {
    const path = Buffer.concat([rootBytes, end < 0 ? bytes : bytes.subarray(0, end)])
    if (!lookAt(files, path)?.isDirectory()) return false
    if (end < 0) return true
  }
}

/** How much lies below a path. */
export function amountIn(files: SyncFiles, tree: string, key: PathKey) {
  const amount = { items: 0, links: 0, bytes: 0, directories: 0 }
  const add = (at: PathKey) => {
    const seen = lookAt(files, onDisk(tree, at))
    if (!seen) return
    if (seen.isDirectory()) {
      amount.directories++
      for (const name of files.readdirSync(onDisk(tree, at), { encoding: 'buffer' })) add(childOf(at, name))
    } else {
      amount.items++
      if (seen.isSymbolicLink()) amount.links++
      else amount.bytes += Number(seen.size)
    }
  }
  add(key)
  return amount
}

function deepestFirst(folders: readonly FolderToSet[]): FolderToSet[] {
  return [...folders].sort((a, b) => bytesOf(b.key).length - bytesOf(a.key).length)
}

/** The closed folders, findable by the folder they are in: sorted by bytes, so those below one stand together. */
function closedFolders(folders: readonly FolderToSet[]) {
  const sorted = folders
    .map((folder) => ({ folder, bytes: bytesOf(folder.key).toString('latin1') }))
    .sort((a, b) => (a.bytes < b.bytes ? -1 : 1))
  const byKey = new Map(folders.map((folder) => [folder.key, folder]))
  return {
    get: (key: PathKey) => byKey.get(key),
    /** Deepest first. */
    below(key: PathKey): FolderToSet[] {
      const prefix = key === '' ? '' : `${bytesOf(key).toString('latin1')}/`
      let low = 0
      let high = sorted.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if (sorted[middle]!.bytes < prefix) low = middle + 1
        else high = middle
      }
      let end = low
      while (sorted[end]?.bytes.startsWith(prefix)) end++
      return deepestFirst(sorted.slice(low, end).map(({ folder }) => folder))
    },
  }
}
