import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { EverstowError } from '../../model/errors.ts'
import { lookAt, type SyncFiles } from './sync-files.ts'

export interface Target {
  /** The folder to restore into, with all links on the way resolved: they are the person's own choice. */
  readonly into: string
  /** The folder that holds the staging folder: the target, or where it is not there yet, the nearest folder above. */
  readonly base: string
}

/** Resolves where a restore goes. */
export function findTarget(files: SyncFiles, wanted: string): Target {
  if (!isAbsolute(wanted))
    throw new EverstowError('invalid-input', { data: { field: 'into', value: wanted } })
  const path = resolve(wanted)
  let above = path
  while (!files.existsSync(above)) above = dirname(above)
  const base = slashed(files.realpathSync(above))
  if (!lookAt(files, base)?.isDirectory()) {
    throw new EverstowError('invalid-input', {
      data: { field: 'into', value: wanted, reason: 'not-a-folder' },
    })
  }
  const rest = relative(above, path)
  if (lookAt(files, path)?.isSymbolicLink() && rest !== '') {
    throw new EverstowError('invalid-input', {
      data: { field: 'into', value: wanted, reason: 'dangling-link' },
    })
  }
  return { into: rest === '' ? base : slashed(join(base, rest)), base }
}

/** `/` between names on every system. Only the root of a volume ends with one; a doubled slash below it means nothing. */
function slashed(path: string): string {
  return path.replaceAll(sep, '/')
}

/** Never filled to the last byte: other programs live on the volume as well. On small volumes it is a hundredth of them. */
const RESERVE_BYTES = 64 * 1024 * 1024

/** Content that a restore may write to the target's volume: what is free, less the reserve. */
export function freeBytesFor(files: SyncFiles, target: Target): number {
  const { bavail, bsize, blocks } = files.statfsSync(target.base)
  return Math.max(0, bavail * bsize - Math.min(RESERVE_BYTES, Math.floor((blocks * bsize) / 100)))
}

/**
 * Throws `disk-full`, with what is needed and what is free, before anything is written. `neededBytes` is the least that the content can take: a
 * restore that might fit is tried, and stops by itself where it does not.
 */
export function refuseIfTooSmall({ into }: Target, neededBytes: number, freeBytes: number): void {
  if (neededBytes > freeBytes)
    throw new EverstowError('disk-full', {
      data: { path: into, neededBytes, freeBytes, reason: 'too-small' },
    })
}
