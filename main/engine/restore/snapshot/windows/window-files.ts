import { permissions } from '../../target/set-metadata.ts'
import { codeOf, type SyncFiles, writeAll } from '../../target/sync-files.ts'
import type { RestoreCounters } from '../restore-counters.ts'
import { FAILED, RAW_PATH, type RestoreWindow, SHARED, SPARSE, UNFINISHED } from './restore-window.ts'
import { type CreationFacts, metadataSetter } from './set-fast.ts'

export interface WindowFilesOptions {
  readonly files: SyncFiles
  readonly window: RestoreWindow
  /** The private tree, which nobody else can enter and which holds no link while this runs. */
  readonly tree: string
  readonly owner: boolean
  readonly created: CreationFacts
  readonly counters: RestoreCounters
}

/** What the system would not do for one file. */
export interface FileProblem {
  readonly file: number
  readonly code: string
}

/** Writes the files of a window on one thread. */
export interface WindowFiles {
  /** Writes a chunk at its place in a file and, after the last one, sets the file's metadata. Answers the bytes that went to the disk. */
  write(file: number, offset: number, chunk: Uint8Array): number
  /** Gives a file up; true when no thread did before. */
  fail(file: number): boolean
  /** Files that were given up because the system refused them. */
  readonly problems: readonly FileProblem[]
  closeAll(): void
}

/** Large files a thread keeps open. */
const MOST_OPEN = 64

/** Errors that concern one file; any other stops the restore. */
export const FILE_CODES: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EEXIST',
  'EFBIG',
  'EILSEQ',
  'EINVAL',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTSUP',
])

/** The files of a window, for one of the threads that write it. */
export function openWindowFiles(options: WindowFilesOptions): WindowFiles {
  const { files, window, tree, owner, counters } = options
  const text = Buffer.from(window.text.buffer, window.text.byteOffset, window.text.byteLength)
  const setMetadata = metadataSetter(files, options.created, owner)
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW = 0 } = files.constants
  const open = new Map<number, number>()
  const problems: FileProblem[] = []
  let folder = { number: -1, path: '' }

  function pathOf(file: number): string | Buffer {
    const name = text.subarray(window.nameStarts[file]!, window.nameEnds[file]!)
    const number = window.folders[file]!
    const folderBytes = () => text.subarray(window.folderStarts[number]!, window.folderEnds[number]!)
    if (window.flags[file]! & RAW_PATH) {
      const above = folderBytes()
      return Buffer.concat([Buffer.from(tree), SLASH, above, above.length > 0 ? SLASH : NOTHING, name])
    }
    if (folder.number !== number) {
      const below = folderBytes().toString('utf8')
      folder = { number, path: below === '' ? `${tree}/` : `${tree}/${below}/` }
    }
    return folder.path + name.toString('utf8')
  }

  function finish(file: number, fd: number): void {
    const hasMode = (window.flags[file]! & SHARED) === 0
    const { modes, uids, gids, seconds } = window
    setMetadata(fd, hasMode, modes[file]!, uids[file]!, gids[file]!, seconds[file]!)
    counters.addFile()
  }

  /** A file of one chunk is made, filled and finished in one go. */
  function writeWhole(file: number, chunk: Uint8Array): number {
    const mode = permissions(window.modes[file]!, owner)
    const fd = files.openSync(pathOf(file), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, mode & 0o777)
    try {
      const isSparse = (window.flags[file]! & SPARSE) !== 0
      if (isSparse) files.ftruncateSync(fd, chunk.length)
      else writeAll(files, fd, chunk)
      const written = isSparse ? writeData(files, fd, 0, chunk) : chunk.length
      finish(file, fd)
      return written
    } finally {
      files.closeSync(fd)
    }
  }

  function sharedFile(file: number): number {
    const known = open.get(file)
    if (known !== undefined) {
      open.delete(file)
      open.set(file, known)
      return known
    }
    const oldest = open.size < MOST_OPEN ? undefined : open.keys().next().value
    if (oldest !== undefined) close(oldest)
    const fd = files.openSync(pathOf(file), O_WRONLY | O_NOFOLLOW)
    open.set(file, fd)
    return fd
  }

  function close(file: number): void {
    const fd = open.get(file)
    open.delete(file)
    if (fd !== undefined) files.closeSync(fd)
  }

  function writePart(file: number, offset: number, chunk: Uint8Array): number {
    const fd = sharedFile(file)
    const isSparse = (window.flags[file]! & SPARSE) !== 0
    if (!isSparse) writeAt(files, fd, offset, chunk)
    const written = isSparse ? writeData(files, fd, offset, chunk) : chunk.length
    // All parts by all threads are on the disk when this was the last: only then the time can be set for good.
    if (Atomics.sub(window.left, file, 1) === 1) {
      if (!(window.flags[file]! & UNFINISHED)) finish(file, fd)
      close(file)
    }
    return written
  }

  function fail(file: number): boolean {
    return Atomics.exchange(window.left, file, FAILED) > FAILED / 2
  }

  return {
    write(file, offset, chunk) {
      if (Atomics.load(window.left, file) < FAILED / 2) return 0
      try {
        return window.flags[file]! & SHARED ? writePart(file, offset, chunk) : writeWhole(file, chunk)
      } catch (error) {
        const code = codeOf(error)
        if (!FILE_CODES.has(code)) throw error
        if (fail(file)) problems.push({ file, code })
        return 0
      }
    },
    fail,
    problems,
    closeAll() {
      for (const file of [...open.keys()]) close(file)
    },
  }
}

const HOLE_BYTES = 4096
const ZEROS = Buffer.alloc(HOLE_BYTES)

/** Writes what is not zero, in whole pages of the file; the rest of a file that has its size stays a hole. Answers what was written. */
function writeData(files: SyncFiles, fd: number, offset: number, chunk: Uint8Array): number {
  let written = 0
  let dataFrom = -1
  const flush = (end: number) => {
    if (dataFrom >= 0) writeAt(files, fd, offset + dataFrom, chunk.subarray(dataFrom, end))
    if (dataFrom >= 0) written += end - dataFrom
    dataFrom = -1
  }
  for (let at = 0; at < chunk.length; ) {
    const end = Math.min(chunk.length, at + HOLE_BYTES - ((offset + at) % HOLE_BYTES))
    const page = chunk.subarray(at, end)
    if (ZEROS.compare(page, 0, page.length, 0, page.length) === 0) flush(at)
    else if (dataFrom < 0) dataFrom = at
    at = end
  }
  flush(chunk.length)
  return written
}

function writeAt(files: SyncFiles, fd: number, offset: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += files.writeSync(fd, bytes, at, bytes.length - at, offset + at)
}

const SLASH = Buffer.from('/')
const NOTHING = Buffer.alloc(0)
