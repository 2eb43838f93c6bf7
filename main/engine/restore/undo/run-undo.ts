import { isAlive } from '../../env/node/process-identity.ts'
import { EverstowError } from '../../model/errors.ts'
import { isRealFolder } from '../placing/place.ts'
import { addLine, inodeAt, stepsOf, writeHead } from '../placing/record.ts'
import { moveInto } from '../target/move.ts'
import { onDisk, type PathKey, parentOf, shown } from '../target/path-key.ts'
import { codeOf, lookAt, removeTree, type SyncFiles } from '../target/sync-files.ts'
import { STAGING_NAME } from '../target/target-name.ts'
import { type DoneStep, type ReadRecord, readRecord } from './read-record.ts'
import { createJudge, type Judge, type LeftReason } from './whose.ts'

/** An undo as plain data, as it goes to its thread. */
export interface UndoJob {
  /** Of the record, without ending. */
  readonly path: string
  readonly nowMs: number
  /** Only tell what would happen. */
  readonly dryRun: boolean
}

/** What an undo did, or would do. Counts are files and links. */
export interface UndoReport {
  readonly into: string
  readonly dryRun: boolean
  /** New ones that went. */
  readonly removed: number
  /** Replaced ones that are back. */
  readonly broughtBack: number
  /** What was left as it is, and why: at most 10,000 named, all counted. */
  readonly left: readonly { readonly path: string; readonly reason: LeftReason }[]
  readonly leftCount: number
  /** The folder with what was replaced, where something is still in it. */
  readonly keptIn?: string
}

const MAX_NAMED = 10_000

interface Undoing {
  readonly files: SyncFiles
  readonly path: string
  readonly record: ReadRecord
  readonly judge: Judge
  /** Root of what was put aside. */
  readonly kept: string
  readonly isDry: boolean
  readonly counts: { removed: number; broughtBack: number; leftCount: number }
  readonly left: { path: string; reason: LeftReason }[]
  readonly onItem: () => void
}

/**
 * Takes a restore back on the calling thread: what was new goes, what was replaced comes back from where it was kept, and whatever somebody changed
 * since stays and is named. Each step leaves either the old or the new; an undo that was killed is gone on with by the next one.
 */
export function runUndo(job: UndoJob, files: SyncFiles, onItem: () => void = () => {}): UndoReport {
  const record = readRecord(files, job.path)
  if (!record) throw new EverstowError('undo-impossible', { data: { reason: 'unknown' } })
  const { head } = record
  if (!record.hasEnded && isAlive(head.owner) && lookAt(files, head.stagingFolder))
    throw new EverstowError('already-running')
  const undoing: Undoing = {
    files,
    path: job.path,
    record,
    judge: createJudge(files, head.into, record.inodes),
    kept: `${head.into}/${head.replacedName}`,
    isDry: job.dryRun,
    counts: { removed: 0, broughtBack: 0, leftCount: 0 },
    left: [],
    onItem,
  }
  // All is judged before the first change: taking one thing away may change the time of another.
  const before: Undoing = {
    ...undoing,
    isDry: true,
    counts: { ...undoing.counts },
    left: [],
    onItem: () => {},
  }
  takeBackAll(before)
  if (job.dryRun) return reportOf(before)
  if (!record.hasEnded) dropStaging(files, head.stagingFolder)
  takeBackAll(undoing)
  removeEmpty(undoing)
  writeHead(files, job.path, { ...head, undoneMs: job.nowMs })
  files.rmSync(stepsOf(job.path), { force: true })
  return reportOf(undoing)
}

/** A restore that died had not placed all: what it did not place is in its private folder, and came from the backup. */
function dropStaging(files: SyncFiles, folder: string): void {
  const name = folder.slice(folder.lastIndexOf('/') + 1)
  if (STAGING_NAME.test(name) && lookAt(files, folder)?.isDirectory()) removeTree(files, folder)
}

/** The last step first: what was put aside for something comes back after that has gone. */
function takeBackAll(undoing: Undoing): void {
  const { record } = undoing
  const stayed = new Set<PathKey>()
  for (const step of record.steps.toReversed()) {
    try {
      if (!takeBack(undoing, step, stayed)) stayed.add(step.key)
    } catch (error) {
      if (!REFUSALS.has(codeOf(error))) throw error
      stayed.add(step.key)
      leave(undoing, step.key, 'refused')
    }
  }
}

const REFUSALS = new Set(['EACCES', 'EPERM', 'EBUSY', 'ENOTEMPTY', 'EROFS', 'ENAMETOOLONG'])

/** Answers whether nothing of the step is left. */
function takeBack(undoing: Undoing, step: DoneStep, stayed: ReadonlySet<PathKey>): boolean {
  const { files, record } = undoing
  // A link that leads elsewhere now: nothing is looked for there.
  if (step.key !== '' && !isFolderThere(files, record.head.into, parentOf(step.key)))
    return step.did !== 'new' && step.did !== 'set' && lookAt(files, onDisk(undoing.kept, step.key))
      ? leave(undoing, step.key, 'folder-gone')
      : true
  if (step.did === 'new') return removeOurs(undoing, step.key, step.stampNs)
  if (step.did === 'replaced') return bringBack(undoing, step.key, step.stampNs)
  if (step.did === 'aside') return !stayed.has(step.of) && bringAside(undoing, step.key)
  setBack(undoing, step)
  return true
}

function isFolderThere(files: SyncFiles, into: string, key: PathKey): boolean {
  return key === '' ? lookAt(files, into)?.isDirectory() === true : isRealFolder(files, into, key)
}

/** Removes what the restore brought; a folder goes when nothing of anybody else is in it. */
function removeOurs(undoing: Undoing, key: PathKey, stampNs: bigint, isTop = true): boolean {
  const { files, judge, record, isDry } = undoing
  const path = onDisk(record.head.into, key)
  const seen = lookAt(files, path)
  if (!seen) return true
  const reason = judge.of(key, stampNs, isTop)
  if (reason) return leave(undoing, key, reason)
  if (!seen.isDirectory()) {
    if (!isDry) files.unlinkSync(path)
    undoing.counts.removed++
    undoing.onItem()
    return true
  }
  const isShut = (seen.mode & 0o700n) !== 0o700n
  if (isShut && !isDry) files.chmodSync(path, 0o700)
  let isEmpty = true
  for (const child of judge.namesIn(key)) isEmpty = removeOurs(undoing, child, stampNs, false) && isEmpty
  if (isDry) return isEmpty
  if (isEmpty) files.rmdirSync(path)
  else if (isShut) files.chmodSync(path, Number(seen.mode) & 0o7777)
  return isEmpty
}

/** Puts back what was replaced: a file in the place of a file in one rename, so that its name is never empty. */
function bringBack(undoing: Undoing, key: PathKey, stampNs: bigint): boolean {
  const { files, record, kept, judge } = undoing
  const from = onDisk(kept, key)
  const to = onDisk(record.head.into, key)
  const there = lookAt(files, to)
  const old = lookAt(files, from)
  if (!old) {
    const isBack = there !== undefined && record.begun.get(key) === inodeAt(files, to)
    // A restore that died had perhaps not come to replace it.
    return isBack || !record.hasEnded || leave(undoing, key, 'kept-gone')
  }
  // Kept, and not replaced any more when the restore died: two names of one file.
  if (there?.isFile() && there.ino === old.ino) {
    if (!undoing.isDry) files.unlinkSync(from)
    return true
  }
  if (there && !isAllOurs(undoing, key, stampNs)) return false
  const reason = there && judge.of(key, stampNs, true)
  if (reason) return leave(undoing, key, reason)
  if (there && (there.isDirectory() || old.isDirectory()))
    removeOurs({ ...undoing, counts: uncounted() }, key, stampNs)
  moveBack(undoing, key)
  return true
}

/** Whether nobody has anything in a folder that would have to go whole; what somebody has is named. */
function isAllOurs(undoing: Undoing, key: PathKey, stampNs: bigint): boolean {
  if (!lookAt(undoing.files, onDisk(undoing.record.head.into, key))?.isDirectory()) return true
  const trial: Undoing = { ...undoing, isDry: true, counts: uncounted(), left: [] }
  if (removeOurs(trial, key, stampNs)) return true
  undoing.left.push(...trial.left.slice(0, Math.max(0, MAX_NAMED - undoing.left.length)))
  undoing.counts.leftCount += trial.counts.leftCount
  return leave(undoing, key, 'in-the-way')
}

const uncounted = () => ({ removed: 0, broughtBack: 0, leftCount: 0 })

function bringAside(undoing: Undoing, key: PathKey): boolean {
  const { files, record, kept } = undoing
  if (!lookAt(files, onDisk(kept, key))) return true
  if (lookAt(files, onDisk(record.head.into, key))) return leave(undoing, key, 'in-the-way')
  moveBack(undoing, key)
  return true
}

function moveBack(undoing: Undoing, key: PathKey): void {
  const { files, path, record, kept, isDry } = undoing
  const from = onDisk(kept, key)
  undoing.counts.broughtBack += amountAt(files, from)
  undoing.onItem()
  if (isDry) return
  addLine(files, path, { back: key, ino: inodeAt(files, from) })
  moveInto(files, from, onDisk(record.head.into, key))
}

function amountAt(files: SyncFiles, path: string | Buffer): number {
  if (!lookAt(files, path)?.isDirectory()) return 1
  let amount = 0
  for (const name of files.readdirSync(path, { encoding: 'buffer' }))
    amount += amountAt(files, Buffer.concat([Buffer.from(path), Buffer.from('/'), name]))
  return amount
}

/** Mode and time of what stayed, where they are still as the restore set them. */
function setBack({ files, record, isDry }: Undoing, step: Extract<DoneStep, { did: 'set' }>): void {
  const path = onDisk(record.head.into, step.key)
  const seen = lookAt(files, path)
  if (isDry || !seen || seen.isSymbolicLink() || Number(seen.mode) !== step.is.mode) return
  files.chmodSync(path, step.was.mode & 0o7777)
  if (String(seen.mtimeNs) !== step.is.mtimeNs) return
  const seconds = Number(BigInt(step.was.mtimeNs) / 1_000n) / 1e6
  files.utimesSync(path, seconds, seconds)
}

function leave(undoing: Undoing, key: PathKey, reason: LeftReason): false {
  undoing.counts.leftCount++
  if (undoing.left.length < MAX_NAMED) undoing.left.push({ path: shown(key), reason })
  return false
}

/** Folders that were made for what was put aside and are empty now, the topmost too. */
function removeEmpty({ files, kept, record }: Undoing): void {
  const clear = (key: PathKey): void => {
    const path = onDisk(kept, key)
    if (lookAt(files, path)?.isDirectory()) {
      if (files.readdirSync(path).length > 0) return
      files.rmdirSync(path)
    }
    if (key !== '') clear(parentOf(key))
  }
  for (const { did, key } of record.steps) {
    const isAside = did === 'replaced' || did === 'aside'
    if (isAside && !lookAt(files, onDisk(kept, key))) clear(parentOf(key))
  }
}

function reportOf({ files, record, kept, isDry, counts, left }: Undoing): UndoReport {
  const holdsSome = !isDry && lookAt(files, kept) !== undefined
  return { into: record.head.into, dryRun: isDry, ...counts, left, ...(holdsSome && { keptIn: kept }) }
}
