import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { EverstowError } from '../model/errors.ts'
import type { RestoreJob } from './restore-job.ts'
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

/** Never filled to the last byte: other programs live on the volume as well. */
const RESERVE_BYTES = 64 * 1024 * 1024

/** Content that may be written to the target's volume; `disk-full` right away where the archive is known not to fit. */
export function freeBytesFor(
  files: SyncFiles,
  target: Target,
  job: Pick<RestoreJob, 'paths' | 'index' | 'expectedTarBytes'>,
): number {
  const { bavail, bsize, blocks } = files.statfsSync(target.base)
  const freeBytes = bavail * bsize - Math.min(RESERVE_BYTES, Math.floor((blocks * bsize) / 100))
  const neededBytes = job.paths ? undefined : (job.index?.tarBytes ?? job.expectedTarBytes)
  if (neededBytes !== undefined && neededBytes > freeBytes) {
    throw new EverstowError('disk-full', { data: { path: target.into, neededBytes, freeBytes } })
  }
  return freeBytes
}
