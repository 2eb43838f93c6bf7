import { isUtf8 } from 'node:buffer'

/** Why an entry is not taken, told to the person beside its path. */
export type RefusedReason =
  // what the archive says
  | 'absolute-path'
  | 'parent-segment'
  | 'nul-in-name'
  | 'empty-name'
  | 'name-too-long'
  | 'device'
  | 'sparse'
  | 'unknown-kind'
  | 'link-outside'
  // what the target cannot hold safely
  | 'through-link'
  | 'name-collision'
  | 'kind-conflict'
  | 'reserved-name'
  | 'unportable-name'

/** An entry that is named in the report and otherwise passed over. */
export interface RefusedEntry {
  readonly path: string
  readonly reason: RefusedReason
}

/** A path of an archive as our contract wants it, or why it cannot be. `root` is the archive's own top (`./`). */
export type CheckedPath =
  | { readonly ok: true; readonly path: string; readonly rawPath?: Buffer }
  | { readonly ok: false; readonly path: string; readonly reason: RefusedReason | 'root' }

/** An empty, `.` or `..` segment anywhere, or a slash at either end. */
const UNUSUAL = /(?:^|\/)\.{0,2}(?:\/|$)/

/**
 * Checks and normalises the bytes of an entry's path: relative, `/` between segments, no `.`, `..` or empty segment. Dangerous paths are never
 * "repaired" (a stripped `/` or `..` is a different file from the one that was saved); harmless `./a`, `a//b` and `a/` are tidied.
 */
export function checkEntryPath(bytes: Buffer, maxPathBytes: number): CheckedPath {
  const utf8 = isUtf8(bytes)
  // Latin-1 maps bytes to characters one to one, so bytes that are not UTF-8 survive the same text operations.
  const text = utf8 ? bytes.toString('utf8') : bytes.toString('latin1')
  if (bytes.length > maxPathBytes) return refuse(bytes.subarray(0, 256), 'name-too-long')
  if (text === '') return refuse(bytes, 'empty-name')
  if (text.includes('\0')) return refuse(bytes, 'nul-in-name')
  if (!UNUSUAL.test(text)) return checked(text, bytes, utf8)
  if (text.startsWith('/')) return refuse(bytes, 'absolute-path')
  const segments = text.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..')) return refuse(bytes, 'parent-segment')
  if (segments.length === 0) return { ok: false, path: '.', reason: 'root' }
  const tidy = segments.join('/')
  return checked(tidy, utf8 ? bytes : Buffer.from(tidy, 'latin1'), utf8)
}

function checked(text: string, bytes: Buffer, utf8: boolean): CheckedPath {
  // A copy: the bytes lie in a larger buffer that is not ours to keep.
  return utf8
    ? { ok: true, path: text }
    : { ok: true, path: bytes.toString('utf8'), rawPath: Buffer.from(bytes) }
}

function refuse(bytes: Buffer, reason: RefusedReason): CheckedPath {
  return { ok: false, path: bytes.toString('utf8').replaceAll('\0', '\ufffd'), reason }
}
