import type { BigIntStats } from '../../../env/node/sync-files.ts'
import { askGetfattr, type ToldXattrs } from '../../../env/node/xattrs/getfattr.ts'
import { NOT_TEXT, type SystemXattrs, systemXattrs } from '../../../env/node/xattrs/system-xattrs.ts'
import { EverstowError } from '../../../model/errors.ts'
import type { Xattr } from '../../../repository/format/tree.ts'
import { type FsPath, joinPath, shownPath, systemCodeOf } from '../../../sources/files/fs-path.ts'
import type { Name } from '../../../sources/files/list-folder.ts'
import type { SkippedItem } from '../../../sources/files/skipped-items.ts'
import { isRacy } from '../known/same-node.ts'
import type { Folder } from './folder.ts'

/** Attributes of one node that are larger together are left out and named: a directory is held in memory as a whole. */
const MOST_BYTES = 4 << 20
/** So many names of a folder are asked about in one go. */
const ASKED_AT_ONCE = 1000

const NONE: readonly Xattr[] = []

/** A reader for one worker, of a process that found before that there are calls to read with. */
export function createXattrReader(onSkipped: (item: SkippedItem) => void): XattrReader {
  const calls = systemXattrs()
  if (!calls) throw new EverstowError('internal', { message: 'extended attributes cannot be read here' })
  return new XattrReader(calls, onSkipped)
}

/** Gone since it was looked at; no attributes there; not ours to read. None of these is worth a word. */
const QUIET_CODES = new Set(['ENOENT', 'ENOTDIR', 'ENODATA', 'ENOATTR', 'ENOTSUP', 'EPERM', 'EACCES'])

/**
 * Reads the extended attributes of what a scan meets. Always after the stats that go into the entry: should they change in between, the change
 * time in the entry is older than the node's, and the next scan asks again.
 */
export class XattrReader {
  readonly #calls: SystemXattrs
  readonly #onSkipped: (item: SkippedItem) => void
  #folder: Folder | undefined
  #names: readonly Name[] = []
  /** What `getfattr` said of names in this folder that are not text. */
  #told: ToldXattrs | undefined
  readonly #asked = new Set<string>()
  /** Until it is found out that `getfattr` is not installed. */
  #mayAsk = true

  constructor(calls: SystemXattrs, onSkipped: (item: SkippedItem) => void) {
    this.#calls = calls
    this.#onSkipped = onSkipped
  }

  /** Names of this folder come next. */
  enter(folder: Folder, names: readonly Name[]): void {
    this.#folder = folder
    this.#names = names
    this.#told = undefined
    this.#asked.clear()
  }

  /** The attributes of something in the folder, all that this process may read. `stats`: taken before. */
  read(path: FsPath, stats: BigIntStats): readonly Xattr[] {
    try {
      const found = typeof path === 'string' ? this.#readText(path) : this.#readBytes(path, stats)
      const bytes = found.reduce((sum, { name, value }) => sum + name.length + value.length, 0)
      if (bytes <= MOST_BYTES) return found
      this.#skip(path, 'E2BIG')
    } catch (error) {
      const code = systemCodeOf(error)
      if (!QUIET_CODES.has(code)) this.#skip(path, code)
    }
    return NONE
  }

  #readText(path: string): readonly Xattr[] {
    let names: readonly string[]
    try {
      names = this.#calls.list(path)
    } catch (error) {
      if (systemCodeOf(error) !== NOT_TEXT) throw error
      const bytes = Buffer.from(path)
      const told = this.#ask([bytes])
      if (!told) throw error
      return told.byPath.get(latin1(bytes)) ?? NONE
    }
    if (names.length === 0) return NONE
    const found: Xattr[] = []
    for (const name of names) {
      const value = this.#value(path, name)
      if (value) found.push({ name: Buffer.from(name), value })
    }
    return found
  }

  /** One that may be listed but not read is not ours to keep; the others are. */
  #value(path: string, name: string): Buffer | undefined {
    try {
      return this.#calls.get(path, name)
    } catch (error) {
      if (QUIET_CODES.has(systemCodeOf(error))) return undefined
      throw error
    }
  }

  /** A process a path would cost far too much: the folder's next names that are not text are asked about together. */
  #readBytes(path: Buffer, stats: BigIntStats): readonly Xattr[] {
    const key = latin1(path)
    if (!this.#asked.has(key)) this.#askFrom(key)
    const told = this.#told
    // Asked about before the stats were taken: good for what has not changed since.
    if (told && this.#asked.has(key) && !isRacy(stats, told.askedMs)) return told.byPath.get(key) ?? NONE
    // Where there is no `getfattr`, nobody can say whether it has any.
    return this.#ask([path])?.byPath.get(key) ?? NONE
  }

  #askFrom(key: string): void {
    this.#asked.clear()
    this.#told = undefined
    const folder = this.#folder
    if (!folder) return
    const paths: Buffer[] = []
    let isReached = false
    for (const name of this.#names) {
      const path = joinPath(folder.fsPath, name.bytes ?? name.text)
      if (typeof path === 'string') continue
      isReached ||= latin1(path) === key
      if (isReached) paths.push(path)
      if (paths.length === ASKED_AT_ONCE) break
    }
    if (paths.length === 0) return
    this.#told = this.#ask(paths)
    if (this.#told) for (const path of paths) this.#asked.add(latin1(path))
  }

  #ask(paths: readonly Buffer[]): ToldXattrs | undefined {
    if (!this.#mayAsk) return undefined
    const told = askGetfattr(paths)
    this.#mayAsk = told !== undefined
    return told
  }

  #skip(path: FsPath, code: string): void {
    this.#onSkipped({ path: shownPath(path), reason: 'attributes', code })
  }
}

function latin1(path: Buffer): string {
  return path.toString('latin1')
}
