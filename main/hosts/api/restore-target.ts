import { lstat, mkdir, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, sep } from 'node:path'
import { RequestProblem } from './problem.ts'

/**
 * The real form of a folder that a restore may write into: below one of the roots, wherever links lead. What is not there yet is judged by the deepest
 * folder above it that is. Refuses everything else, without saying what lies there.
 */
export async function confinedTarget(target: string, roots: readonly string[]): Promise<string> {
  const parts = target.split(/[\\/]/)
  const isPlain =
    isAbsolute(target) && !target.includes('\0') && !parts.some((part) => part === '..' || part === '.')
  const real = isPlain ? await realForm(target) : undefined
  for (const root of roots) {
    const realRoot = await realForm(root)
    if (real !== undefined && realRoot !== undefined && isWithin(real, realRoot)) return real
  }
  throw new RequestProblem(
    403,
    'target-not-allowed',
    'Restores may only write into folders that an administrator allowed (everstow restore-root).',
    { field: 'target' },
  )
}

/** Makes the folder that is always allowed. */
export async function makeRoot(root: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 })
}

/** Undefined where a link on the way leads nowhere, or nobody may look. */
async function realForm(path: string): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) return undefined
  }
  // Not there as a whole; a link that is there and leads nowhere could lead anywhere by the time it is followed.
  const isLink = await lstat(path).then(
    () => true,
    () => false,
  )
  if (isLink) return undefined
  const above = await realForm(dirname(path))
  return above === undefined ? undefined : join(above, basename(path))
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}
