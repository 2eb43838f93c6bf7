import type { FakeRandom } from './fake-random.ts'

export type FileStep =
  | 'open'
  | 'read'
  | 'write'
  | 'fsync'
  | 'stat'
  | 'readdir'
  | 'mkdir'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'rm'
  | 'utimes'
  | 'fsync-folder'
  | 'realpath'
  | 'statfs'

/** One planned failure: the next `times` matching steps (1 unless said) fail with `code`. */
export interface PlannedFault {
  readonly step?: FileStep
  /** A path and what lies under it; everywhere when absent. */
  readonly under?: string
  readonly code: string
  readonly times?: number
}

/** What goes wrong with a fake file system; change it at any time. */
export interface FileFaults {
  /** The disk is full (ENOSPC) when files would hold more than this. */
  capacityBytes: number | undefined
  /** Paths that, with everything under them, may not be touched (EACCES). */
  readonly denied: Set<string>
  /** Per code, how likely any step fails with it: `{ EIO: 0.01 }`. The seed decides. */
  readonly chances: Map<string, number>
  readonly planned: PlannedFault[]
  /** The power goes out before this step, counted from 1 over the life of the file system; see `stepCount`. */
  powerLossAtStep: number | undefined
}

export function noFileFaults(): FileFaults {
  return {
    capacityBytes: undefined,
    denied: new Set(),
    chances: new Map(),
    planned: [],
    powerLossAtStep: undefined,
  }
}

/** The system's code this step fails with, or `undefined`. Uses up planned faults. */
export function faultOf(
  faults: FileFaults,
  random: FakeRandom,
  step: FileStep,
  path: string,
): string | undefined {
  for (const denied of faults.denied) if (isUnder(path, denied)) return 'EACCES'
  const index = faults.planned.findIndex(
    (fault) => (!fault.step || fault.step === step) && (!fault.under || isUnder(path, fault.under)),
  )
  const planned = faults.planned[index]
  if (planned) {
    const left = (planned.times ?? 1) - 1
    faults.planned.splice(index, 1, ...(left > 0 ? [{ ...planned, times: left }] : []))
    return planned.code
  }
  for (const [code, probability] of faults.chances) if (random.chance(probability)) return code
  return undefined
}

function isUnder(path: string, top: string): boolean {
  return path === top || path.startsWith(top.endsWith('/') ? top : `${top}/`)
}

const MESSAGES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'resource busy or locked',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  ELOOP: 'too many symbolic links encountered',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EPERM: 'operation not permitted',
}

/** An error as Node's file system makes it. */
export function systemError(code: string, syscall: string, path: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(
    `${code}: ${MESSAGES[code] ?? 'failed'}, ${syscall} '${path}'`,
  )
  return Object.assign(error, { code, syscall, path })
}
