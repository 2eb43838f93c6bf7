import { isUtf8 } from 'node:buffer'
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
} from '../../env/node/sync-files.ts'
import { type FsPath, shownPath } from './fs-path.ts'

/** One name in a folder. */
export interface Name {
  readonly text: string
  /** The name's bytes, only where they are not valid UTF-8. */
  readonly bytes: Buffer | undefined
  readonly isFolder: boolean
}

/** Bytes that are not UTF-8 come out of the text decoder as this; so does a name that really holds it. */
const REPLACEMENT = '\uFFFD'

/** The names in a folder in a fixed order. Throws the system's error. */
export function listFolder(folder: FsPath): Name[] {
  return listNames(folder).sort(byName)
}

/** As `listFolder`, in ascending order of the names' bytes. */
export function listFolderByBytes(folder: FsPath): Name[] {
  return sortByBytes(listNames(folder))
}

/** Sorts by the names' bytes. */
export function sortByBytes<Named extends Pick<Name, 'text' | 'bytes'>>(names: Named[]): Named[] {
  // Texts of the lower code units sort as their bytes do; surrogates and what lies above them do not.
  return names.sort(names.some(({ text }) => UPPER_UNITS.test(text)) ? byBytes : byText)
}

const UPPER_UNITS = /[\ud800-\uffff]/

function listNames(folder: FsPath): Name[] {
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.some((entry) => entry.name.includes(REPLACEMENT))
    ? listBytes(folder)
    : entries.map((entry): Name => ({ text: entry.name, bytes: undefined, isFolder: entry.isDirectory() }))
}

function listBytes(folder: FsPath): Name[] {
  return readdirSync(folder, { withFileTypes: true, encoding: 'buffer' }).map((entry) => ({
    text: shownPath(entry.name),
    bytes: isUtf8(entry.name) ? undefined : entry.name,
    isFolder: entry.isDirectory(),
  }))
}

function byName(a: Name, b: Name): number {
  return byText(a, b) || byBytes(a, b)
}

function byText(a: Pick<Name, 'text'>, b: Pick<Name, 'text'>): number {
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0
}

function byBytes(a: Pick<Name, 'text' | 'bytes'>, b: Pick<Name, 'text' | 'bytes'>): number {
  return Buffer.compare(a.bytes ?? Buffer.from(a.text), b.bytes ?? Buffer.from(b.text))
}

/** Marks a folder whose contents can be made again (Cache Directory Tagging Specification, bford.info/cachedir). */
export const CACHE_TAG_NAME = 'CACHEDIR.TAG'
const CACHE_TAG_SIGNATURE = 'Signature: 8a477f597d28d172789f06886806bc55'

/** Whether this file is a valid cache tag: the name alone is not enough. */
export function isCacheTag(path: FsPath): boolean {
  return readStart(path, CACHE_TAG_SIGNATURE.length) === CACHE_TAG_SIGNATURE
}

/** More than this of an ignore file is not looked at. */
const IGNORE_FILE_LIMIT_BYTES = 1 << 20

/** The text of an ignore file; empty when it cannot be read, for then nothing may be left out (the file itself is reported when its turn comes). */
export function readIgnoreFile(path: FsPath): string {
  return readStart(path, IGNORE_FILE_LIMIT_BYTES)
}

/** Opens without waiting (a pipe of that name would wait for ever) and without following a link. */
function readStart(path: FsPath, limitBytes: number): string {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch {
    // Unreadable: the caller goes on as if it said nothing, and packing the file reports it.
    return ''
  }
  try {
    const stats = fstatSync(file)
    if (!stats.isFile()) return ''
    const bytes = Buffer.alloc(Math.min(limitBytes, stats.size))
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0))
  } catch {
    // As above.
    return ''
  } finally {
    closeSync(file)
  }
}
