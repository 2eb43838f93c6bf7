/** The bytes of a directory (docs/format/repository.md, section 6), shared by its builder and its cursor. */

export const TREE_VERSION = 1
/** `u8 version ‖ u32 entries` */
export const TREE_HEAD_BYTES = 5

/** Types of nodes. */
export const NODE = {
  file: 0,
  directory: 1,
  link: 2,
  fifo: 3,
  socket: 4,
  characterDevice: 5,
  blockDevice: 6,
} as const
export type NodeType = (typeof NODE)[keyof typeof NODE]

export const FLAG_SPARSE = 1
export const FLAG_XATTRS = 2
export const FLAG_HARD_LINK = 4
const KNOWN_FLAGS = FLAG_SPARSE | FLAG_XATTRS | FLAG_HARD_LINK

/** Offsets in the fixed part of an entry. */
export const AT_TYPE = 0
export const AT_FLAGS = 1
export const AT_NAME_LENGTH = 2
export const AT_MODE = 4
export const AT_UID = 8
export const AT_GID = 12
export const AT_SIZE = 16
export const AT_MTIME = 24
export const AT_CTIME = 32
export const AT_INO = 40
export const AT_DEV = 48
export const FIXED_BYTES = 56

export const PERMISSION_BITS = 0o7777
export const LONGEST_U16 = 0xffff

const SLASH = 0x2f
const DOT = 0x2e

/** Whether the bytes [start, end) may name an entry: not empty, `.` or `..`, without slash and NUL. */
export function isEntryName(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start
  if (length === 0 || length > LONGEST_U16) return false
  if (bytes[start] === DOT && (length === 1 || (length === 2 && bytes[start + 1] === DOT))) return false
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    if (byte === SLASH || byte === 0) return false
  }
  return true
}

/** Whether a node of that type may have these flags: only files are sparse, a directory has one name only. */
export function areFlagsOf(type: number, flags: number): boolean {
  if (flags & ~KNOWN_FLAGS) return false
  if (flags & FLAG_SPARSE && type !== NODE.file) return false
  return !(flags & FLAG_HARD_LINK && type === NODE.directory)
}

/** Orders two names by their bytes: negative, 0 or positive. */
export function compareNames(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const common = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < common; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}

/** An extended attribute as the system gave it. */
export interface Xattr {
  readonly name: Uint8Array
  readonly value: Uint8Array
}

/**
 * What every entry has. Times, inode and device are the bigints of `lstatSync(path, { bigint: true })`, whose other fields
 * are passed as numbers; `mode` may still hold the bits of the type.
 */
export interface NodeFacts {
  readonly name: Uint8Array
  /** FLAG_SPARSE and FLAG_HARD_LINK; FLAG_XATTRS follows from `xattrs`. */
  readonly flags?: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Files only; for the others 0 is written whatever it says. */
  readonly size: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly ino: bigint
  readonly dev: bigint
  readonly xattrs?: readonly Xattr[]
}
