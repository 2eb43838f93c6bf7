import { dirname } from 'node:path'
import { currentProcess, type ProcessIdentity } from '../../env/node/process-identity.ts'
import type { RecordOrder } from '../restore-options.ts'
import type { DiskPath, PathKey } from '../target/path-key.ts'
import { childOf, onDisk } from '../target/path-key.ts'
import { lookAt, type SyncFiles, writeAll } from '../target/sync-files.ts'
import type { Staging } from './staging.ts'

/** The small file of a record: what was restored where, and what became of it. */
export interface RecordHead {
  readonly format: 1
  readonly atMs: number
  readonly into: string
  /** Folder below `into` with what was replaced. */
  readonly replacedName: string
  readonly backupIds: readonly string[]
  readonly owner: ProcessIdentity
  /** The private folder of the restore: it is there only while it runs, or when it died. */
  readonly stagingFolder: string
  /** When it was undone. */
  readonly undoneMs?: number
}

/**
 * One thing a restore did to its target, written before it is done. `inodes`: of the thing itself, and of all folders in it. What stands there under
 * another inode, and a folder that is not among them, was brought by a person, whatever the times of what lies in it say.
 */
export type Step =
  | { readonly did: 'new'; readonly key: PathKey; readonly inodes: readonly string[] }
  | { readonly did: 'replaced'; readonly key: PathKey; readonly inodes: readonly string[] }
  /** A companion of the database `of`, put aside. */
  | { readonly did: 'aside'; readonly key: PathKey; readonly of: PathKey }
  /** Mode and time of something that stayed: as they were, and as they were set. */
  | { readonly did: 'set'; readonly key: PathKey; readonly was: Attributes; readonly is: Attributes }
  /** What came to another volume has other inodes there. */
  | { readonly did: 'copied'; readonly key: PathKey; readonly inodes: readonly string[] }
  /** The step before it for this path was refused by the system. */
  | { readonly did: 'nothing'; readonly key: PathKey }

export interface Attributes {
  readonly mode: number
  /** Nanoseconds as text. */
  readonly mtimeNs: string
}

/** A line of the file of steps. `stamp`: all before it was done before this moment of the volume's clock. `back`: an undo is about to move this inode. */
export type Line = Step | { readonly stamp: string } | { readonly back: PathKey; readonly ino: string }

/** Writes down what placing does. */
export interface UndoRecord {
  note(step: Step): void
  /** What was done so far is done: whatever is touched after this was touched by somebody else. Answers whether the record is whole. */
  end(): boolean
}

/** Begins a record. A restore goes on without one where it cannot be written: bringing files back matters more than taking it back. */
export function beginRecord(
  files: SyncFiles,
  order: RecordOrder,
  staging: Staging,
  facts: Pick<RecordHead, 'atMs' | 'into' | 'replacedName'>,
): UndoRecord {
  return writing(files, order.path, staging, () => {
    files.mkdirSync(dirname(order.path), { recursive: true, mode: 0o700 })
    const { backupIds } = order
    writeHead(files, order.path, {
      format: 1,
      ...facts,
      backupIds,
      owner: currentProcess(),
      stagingFolder: staging.folder,
    })
  })
}

/** Goes on with the record of a restore that died; undefined where there is none. What was done before its last line is older than that. */
export function resumeRecord(files: SyncFiles, path: string, staging: Staging): UndoRecord | undefined {
  const seen = lookAt(files, stepsOf(path))
  if (!seen || !lookAt(files, headOf(path))) return undefined
  const record = writing(files, path, staging, () => {})
  record.stamp(seen.mtimeNs)
  return record
}

function writing(
  files: SyncFiles,
  path: string,
  staging: Staging,
  begin: () => void,
): UndoRecord & { stamp(ns: bigint): void } {
  let fd: number | undefined
  const guarded = (run: () => void): void => {
    try {
      run()
    } catch {
      // Half a record would undo half: there is none then, and the report says so.
      close()
      removeRecord(files, path)
    }
  }
  const close = (): void => {
    if (fd !== undefined) files.closeSync(fd)
    fd = undefined
  }
  const add = (line: Line): void =>
    guarded(() => fd !== undefined && writeAll(files, fd, Buffer.from(`${JSON.stringify(line)}\n`)))
  guarded(() => {
    begin()
    fd = files.openSync(stepsOf(path), 'a', 0o600)
  })
  return {
    note: add,
    stamp: (ns) => add({ stamp: String(ns) }),
    end() {
      guarded(() => add({ stamp: String(momentAfter(files, staging)) }))
      guarded(() => fd !== undefined && files.fsyncSync(fd))
      const isWhole = fd !== undefined
      close()
      return isWhole
    },
  }
}

/** Adds lines to a record that is being undone. */
export function addLine(files: SyncFiles, path: string, line: Line): void {
  const fd = files.openSync(stepsOf(path), 'a', 0o600)
  try {
    writeAll(files, fd, Buffer.from(`${JSON.stringify(line)}\n`))
  } finally {
    files.closeSync(fd)
  }
}

export function writeHead(files: SyncFiles, path: string, head: RecordHead): void {
  files.writeFileSync(`${headOf(path)}.next`, JSON.stringify(head), { mode: 0o600 })
  files.renameSync(`${headOf(path)}.next`, headOf(path))
}

export const headOf = (path: string): string => `${path}.json`
export const stepsOf = (path: string): string => `${path}.steps`

/** Forgets a record. */
export function removeRecord(files: SyncFiles, path: string): void {
  for (const file of [headOf(path), stepsOf(path)]) if (lookAt(files, file)) files.unlinkSync(file)
}

/** Volumes that keep times in two-second steps are the coarsest there are. */
const LONGEST_STEP_MS = 4_000

/**
 * A moment of the volume's own clock, later than everything that was done on it so far: a file of ours is touched until its time has moved on. What
 * somebody does from now on has this time or a later one.
 */
function momentAfter(files: SyncFiles, staging: Staging): bigint {
  const probe = `${staging.folder}/moment`
  files.writeFileSync(probe, '')
  const changed = (): bigint => files.lstatSync(probe, { bigint: true }).ctimeNs
  const first = changed()
  const asleep = new Int32Array(new SharedArrayBuffer(4))
  for (let waitedMs = 0; waitedMs < LONGEST_STEP_MS && changed() <= first; waitedMs++) {
    Atomics.wait(asleep, 0, 0, 1)
    files.chmodSync(probe, 0o600)
  }
  return changed()
}

/** The inodes of something and, where it is a folder, of all folders in it. */
export function inodesOf(files: SyncFiles, root: string, key: PathKey): string[] {
  const found: string[] = []
  const walk = (at: PathKey): void => {
    const path = onDisk(root, at)
    found.push(inodeAt(files, path))
    if (!lookAt(files, path)?.isDirectory()) return
    for (const entry of files.readdirSync(path, { withFileTypes: true, encoding: 'buffer' }))
      if (entry.isDirectory()) walk(childOf(at, entry.name))
  }
  walk(key)
  return found
}

export function inodeAt(files: SyncFiles, path: DiskPath): string {
  return inodeText(files.lstatSync(path, { bigint: true }).ino)
}

export function inodeText(ino: bigint): string {
  return ino.toString(36)
}
