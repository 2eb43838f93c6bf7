import { isUtf8 } from 'node:buffer'
import type { ArchiveEntry } from '../../archive/entry.ts'

/**
 * An exact path inside the archive as a string that can be compared and used in maps: the path itself where its bytes are UTF-8 (nearly always),
 * else NUL and the bytes as Latin-1. No path contains NUL, so the two never mix.
 */
export type PathKey = string

/** A path as the system takes it; bytes where they are not UTF-8. */
export type DiskPath = string | Buffer

/** The key of an entry's path. */
export function keyOf(entry: Pick<ArchiveEntry, 'path' | 'rawPath'>): PathKey {
  return entry.rawPath ? keyOfBytes(entry.rawPath) : entry.path
}

/** The key of the path that a hard link points to. */
export function keyOfTarget(entry: Pick<ArchiveEntry, 'linkTarget' | 'rawLinkTarget'>): PathKey {
  return entry.rawLinkTarget ? keyOfBytes(entry.rawLinkTarget) : (entry.linkTarget ?? '')
}

export function keyOfBytes(bytes: Uint8Array): PathKey {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(buffer) ? buffer.toString('utf8') : `\0${buffer.toString('latin1')}`
}

/** The folder a path lies in; empty for the top. */
export function parentOf(key: PathKey): PathKey {
  const slash = key.lastIndexOf('/')
  if (slash < 0) return ''
  const parent = key.slice(0, slash)
  return parent.startsWith('\0') ? keyOfBytes(Buffer.from(parent.slice(1), 'latin1')) : parent
}

/** The path of a name inside a folder. */
export function childOf(folder: PathKey, name: Buffer): PathKey {
  if (folder === '') return keyOfBytes(name)
  if (!folder.startsWith('\0') && isUtf8(name)) return `${folder}/${name.toString('utf8')}`
  return keyOfBytes(Buffer.concat([bytesOf(folder), SLASH, name]))
}

export function bytesOf(key: PathKey): Buffer {
  return key.startsWith('\0') ? Buffer.from(key.slice(1), 'latin1') : Buffer.from(key)
}

/** The last segment's bytes. */
export function nameOf(key: PathKey): Buffer {
  const bytes = bytesOf(key)
  return bytes.subarray(bytes.lastIndexOf(0x2f) + 1)
}

/** Where a path lies below a folder of the disk. */
export function onDisk(root: string, key: PathKey): DiskPath {
  if (key === '') return root
  return key.startsWith('\0') ? Buffer.concat([Buffer.from(`${root}/`), bytesOf(key)]) : `${root}/${key}`
}

/** For people; bytes that are not UTF-8 show as U+FFFD. */
export function shown(key: PathKey): string {
  return key.startsWith('\0') ? bytesOf(key).toString('utf8') : key
}

const SLASH = Buffer.from('/')
