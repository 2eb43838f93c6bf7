import { addFailed, addRefused, type Tally } from '../../tally.ts'
import { bytesOf, onDisk, type PathKey, shown } from '../../target/path-key.ts'
import { type EntryMetadata, permissions } from '../../target/set-metadata.ts'
import { codeOf, lookAt, type SyncFiles } from '../../target/sync-files.ts'
import { FILE_CODES } from '../windows/window-files.ts'
import type { LateEntries } from './late-entries.ts'

/** A folder on the way through a snapshot. */
export interface FolderFrame {
  readonly key: PathKey
  readonly bytes: Buffer
  /** Undefined for the top. */
  readonly above: FolderFrame | undefined
  readonly metadata: EntryMetadata | undefined
  /** Whether the target has it as a real folder, reached through no link. */
  readonly isInTarget: boolean
  state: 'wanted' | 'made' | 'refused'
  /** Names (as Latin-1) that an interrupted restore left in it. */
  left: ReadonlySet<string> | undefined
}

export interface FramesContext {
  readonly files: SyncFiles
  readonly tree: string
  readonly into: string
  readonly owner: boolean
  /** Going on with the staging folder of a restore that was interrupted. */
  readonly isResumed: boolean
  readonly late: LateEntries
  readonly tally: Tally
  /** Takes the metadata of folders that placing must know. */
  readonly noted: Map<PathKey, EntryMetadata>
}

/** The folder at the top of the tree, which is there. */
export function topFrame({ files, into, tree, isResumed }: FramesContext): FolderFrame {
  return {
    key: '',
    bytes: Buffer.alloc(0),
    above: undefined,
    metadata: undefined,
    isInTarget: lookAt(files, into)?.isDirectory() === true,
    state: 'made',
    left: isResumed ? namesIn(files, tree) : undefined,
  }
}

/** A folder inside another one. */
export function frameBelow(
  { files, into }: FramesContext,
  above: FolderFrame,
  key: PathKey,
  metadata: EntryMetadata,
): FolderFrame {
  const isInTarget = above.isInTarget && lookAt(files, onDisk(into, key))?.isDirectory() === true
  return {
    key,
    bytes: bytesOf(key),
    above,
    metadata,
    isInTarget,
    state: 'wanted',
    left: undefined,
  }
}

/** Makes the folder and those above it in the tree. False, and in the report once, when the system does not take it. */
export function makeFolder(context: FramesContext, frame: FolderFrame): boolean {
  if (frame.state !== 'wanted') return frame.state === 'made'
  const { files, tree, owner, late, tally, noted } = context
  const above = frame.above!
  const metadata = frame.metadata!
  const path = onDisk(tree, frame.key)
  try {
    if (!makeFolder(context, above)) {
      frame.state = 'refused'
      return false
    }
    const isThere = isLeft(above, frame.bytes) && lookAt(files, path)?.isDirectory() === true
    if (isThere) frame.left = namesIn(files, path)
    else files.mkdirSync(path, { mode: (permissions(metadata.mode, owner) & 0o777) | 0o700 })
  } catch (error) {
    if (!FILE_CODES.has(codeOf(error))) throw error
    frame.state = 'refused'
    // Its name differs from another one's, but not for this file system.
    if (codeOf(error) === 'EEXIST') addRefused(tally, { path: shown(frame.key), reason: 'name-collision' })
    else addFailed(tally, { path: shown(frame.key), code: codeOf(error) })
    return false
  }
  frame.state = 'made'
  tally.directories++
  late.add({ kind: 'folder', key: frame.key, ...metadata })
  if (frame.isInTarget || (permissions(metadata.mode, owner) & 0o700) !== 0o700)
    noted.set(frame.key, metadata)
  return true
}

/** Whether an interrupted restore left something under exactly this name. */
export function isLeft(folder: FolderFrame, path: Buffer): boolean {
  return folder.left?.has(path.toString('latin1', path.lastIndexOf(0x2f) + 1)) === true
}

function namesIn(files: SyncFiles, folder: string | Buffer): ReadonlySet<string> {
  return new Set(files.readdirSync(folder, { encoding: 'buffer' }).map((name) => name.toString('latin1')))
}
