import { systemCodeOf } from '../../sources/files/fs-path.ts'
import { WorldMoved } from '../ports.ts'

/** What system calls say when something came, went or became another kind of thing meanwhile. */
const MOVED_CODES = new Set(['ENOENT', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY', 'ELOOP', 'EISDIR', 'ESTALE'])
const NO_LINK_CODES = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'])

export const isSystemError = (error: unknown, code: string): boolean => systemCodeOf(error) === code

/** Whether the volume, or the right to this file, does not let it have a second name. */
export const isNoLink = (error: unknown): boolean => NO_LINK_CODES.has(systemCodeOf(error))

/** A world that moved as the core knows it; every other error as it is. */
export function asMoved(error: unknown): unknown {
  const code = systemCodeOf(error)
  return MOVED_CODES.has(code) ? new WorldMoved(code) : error
}

/** Does a step of system calls. */
export function step<Result>(act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    throw asMoved(error)
  }
}

/** Nothing there is `undefined`. */
export function ifThere<Result>(act: () => Result): Result | undefined {
  try {
    return act()
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}
