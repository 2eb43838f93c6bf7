import { platform } from 'node:os'
import type { BigIntStats } from '../env/node/sync-files.ts'
import type { ObjectInfo } from '../storage/object-store.ts'

/** Which mirror put an object there. */
const MIRROR = 'mirror'
/** Seconds since 1970 with their fraction, and mode in octal digits, as rclone writes them (rclone.org/s3). */
const MTIME = 'mtime'
const MODE = 'mode'

/** What is kept with the object of a file, besides its SHA-256. */
export function metadataOf({ mtimeNs, mode }: BigIntStats, mirrorId: string): Record<string, string> {
  return {
    [MIRROR]: mirrorId,
    [MTIME]: secondsOf(mtimeNs),
    ...(platform() !== 'win32' && { [MODE]: mode.toString(8) }),
  }
}

export const isOwnObject = ({ metadata, sha256 }: ObjectInfo, mirrorId: string): boolean =>
  sha256 !== undefined && metadata?.[MIRROR] === mirrorId

/** When the file was changed that this object was made of; `undefined` where nobody wrote it down. Seconds since 1970. */
export function mtimeOf({ metadata }: ObjectInfo): number | undefined {
  const seconds = Number(metadata?.[MTIME] || Number.NaN)
  return Number.isFinite(seconds) ? seconds : undefined
}

/** Permission bits, never those that give somebody else's rights. */
export function modeOf({ metadata }: ObjectInfo): number | undefined {
  const text = metadata?.[MODE] ?? ''
  return /^[0-7]{3,7}$/.test(text) ? Number.parseInt(text, 8) & 0o777 : undefined
}

function secondsOf(ns: bigint): string {
  const size = ns < 0n ? -ns : ns
  const fraction = String(size % 1_000_000_000n).padStart(9, '0')
  return `${ns < 0n ? '-' : ''}${size / 1_000_000_000n}.${fraction}`
}
