import { isUtf8 } from 'node:buffer'
import { type FsPath, joinPath } from '../sources/files/fs-path.ts'
import { checkKey, isKey, MAX_KEY_BYTES } from '../storage/keys.ts'

const FILES = 'files'
const VERSIONS = 'versions'
/** `/yyyymmdd-hhmmss-` and sixteen digits. */
const VERSION_NAME_BYTES = 1 + 15 + 1 + 16

/** A name as a segment of a key. What keys cannot hold, and a `%` that would look like an escape, is written as `%XX`, one for each byte. */
export function segmentOf(name: string | Buffer): string {
  const bytes = Buffer.from(name)
  if (isUtf8(bytes)) return escapeText(bytes.toString('utf8'))
  let segment = ''
  for (const piece of piecesOf(bytes))
    segment += isUtf8(piece) ? escapeText(piece.toString('utf8')) : hex(piece)
  // A `%` may have met digits of the next piece; then every byte that could matter is escaped.
  return bytes.equals(bytesOf(segment)) ? segment : hex(bytes)
}

/** The name that a segment stands for: bytes where it is not valid UTF-8. `undefined` for what is no name of a file, or not spelled as `segmentOf` does. */
export function nameOf(segment: string): FsPath | undefined {
  const bytes = bytesOf(segment)
  if (bytes.length === 0 || bytes.includes(0) || bytes.includes(0x2f)) return undefined
  const name = isUtf8(bytes) ? bytes.toString('utf8') : bytes
  if (name === '.' || name === '..') return undefined
  return segmentOf(name) === segment ? name : undefined
}

/** Why a path cannot be mirrored; `undefined` where it can. A version needs the longest key. */
export function faultOfPath(prefix: string, path: string): 'name' | 'too-long' | undefined {
  const longest = versionsKey(prefix, path)
  if (Buffer.byteLength(longest) + VERSION_NAME_BYTES > MAX_KEY_BYTES) return 'too-long'
  return isKey(longest) ? undefined : 'name'
}

/** Key of a file's object. */
export const fileKey = (prefix: string, path: string): string => `${filesPrefix(prefix)}${path}`
/** What all files' keys begin with. */
export const filesPrefix = (prefix: string): string => `${prefix}/${FILES}/`
/** What all versions' keys begin with. */
export const versionsPrefix = (prefix: string): string => `${prefix}/${VERSIONS}/`
/** Under which the versions of a file lie. */
export const versionsKey = (prefix: string, path: string): string => `${versionsPrefix(prefix)}${path}`

/** Key of a version: when it was put aside, and the first digits of its SHA-256. */
export function versionKey(prefix: string, path: string, atMs: number, sha256: string): string {
  return checkKey(`${versionsKey(prefix, path)}/${stampOf(atMs)}-${sha256.slice(0, 16)}`)
}

/** Path and time of a version by what follows the prefix; `undefined` for what is none. */
export function readVersionName(
  rest: string,
): { readonly path: string; readonly version: string; readonly atMs: number } | undefined {
  const found = /^(.+)\/((\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-[0-9a-f]{16})$/s.exec(rest)
  if (!found) return undefined
  const [, path = '', version = '', ...numbers] = found
  const [year = 0, month = 0, day, hours, minutes, seconds] = numbers.map(Number)
  return { path, version, atMs: Date.UTC(year, month - 1, day, hours, minutes, seconds) }
}

/** The path of a file in a folder; `undefined` where a part of it is no name. */
export function placeIn(folder: string, path: string): FsPath | undefined {
  let place: FsPath = folder
  for (const segment of path.split('/')) {
    const name = nameOf(segment)
    if (name === undefined) return undefined
    place = joinPath(place, name)
  }
  return place
}

/** `yyyymmdd-hhmmss`, UTC. */
const stampOf = (atMs: number): string =>
  new Date(atMs).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)

const ESCAPE = /%[0-9A-F]{2}/g

function escapeText(text: string): string {
  const plain = text.replace(ESCAPE, (each) => `%25${each.slice(1)}`)
  return plain.replace(/\p{Cc}/gu, (character) => hex(Buffer.from(character)))
}

const hex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase().replace(/../g, '%$&')

function bytesOf(segment: string): Buffer {
  const pieces: Buffer[] = []
  let at = 0
  for (const { 0: found, index } of segment.matchAll(ESCAPE)) {
    pieces.push(Buffer.from(segment.slice(at, index)), Buffer.from(found.slice(1), 'hex'))
    at = index + found.length
  }
  return Buffer.concat([...pieces, Buffer.from(segment.slice(at))])
}

/** Valid characters and single bytes that belong to none, in their order. */
function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find(
      (count) => at + count <= bytes.length && isUtf8(bytes.subarray(at, at + count)),
    )
    yield bytes.subarray(at, at + (length ?? 1))
    at += length ?? 1
  }
}
