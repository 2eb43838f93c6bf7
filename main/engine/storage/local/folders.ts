import { lstat, mkdir, open, realpath, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EverstowError } from '../../model/errors.ts'
import { systemCode } from './fs-errors.ts'

/** Flushes a folder's entries to the disk, so that a name made, replaced or removed in it survives a power loss. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    const code = systemCode(error) ?? ''
    // Windows opens no folders, and some network file systems cannot flush them: their own journal has to do.
    const unable =
      process.platform === 'win32' ? ['EPERM', 'EISDIR', 'EACCES', 'EINVAL'] : ['EINVAL', 'ENOTSUP']
    if (!unable.includes(code)) throw error
  }
}

/** As `syncFolder`, of the nearest folder up to `root` that is still there: another's delete may have removed those that became empty. */
export async function syncNearest(root: string, path: string): Promise<void> {
  try {
    await syncFolder(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || path === root) throw error
    await syncNearest(root, dirname(path))
  }
}

/**
 * Makes a folder and its parents below an existing root, durably. Follows no links: `place-refused` where the way leads through one
 * (or through a name that differs in case, on file systems that take both for the same). Fails with ENOENT when the root is gone.
 */
export async function ensureFolder(root: string, path: string): Promise<void> {
  if (await isPlainFolder(path)) return
  if (path === root) throw folderGone(root)
  const parent = dirname(path)
  await ensureFolder(root, parent)
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
  await syncFolder(parent)
  if (await isPlainFolder(path)) return
  const stat = await lstat(path)
  throw stat.isSymbolicLink() ? linkInPath(path) : folderGone(path)
}

/** Does something with a name in a folder that is made where it is missing, also when a delete that found it empty removes it meanwhile. */
export async function inFolder<Result>(
  root: string,
  folder: string,
  act: () => Promise<Result>,
): Promise<Result> {
  for (let triesLeft = 5; ; triesLeft--) {
    try {
      await ensureFolder(root, folder)
      return await act()
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || triesLeft === 1) throw error
    }
  }
}

/** Removes folders that became empty, from `path` upwards, stopping below `root`. */
export async function removeEmptyFolders(root: string, path: string): Promise<void> {
  try {
    for (
      let folder = path;
      folder.length > root.length && folder.startsWith(root);
      folder = dirname(folder)
    ) {
      await rmdir(folder)
    }
  } catch (error) {
    // In use, already gone by another's hand, or an object's file; an empty folder more or less is nobody's loss.
    if (
      !['ENOTEMPTY', 'ENOTDIR', 'EEXIST', 'ENOENT', 'EBUSY', 'EPERM', 'EACCES'].includes(
        systemCode(error) ?? '',
      )
    )
      throw error
  }
}

/** False when nothing is there; throws when what is there is reached through a link. */
async function isPlainFolder(path: string): Promise<boolean> {
  try {
    if ((await realpath(path)) !== path) throw linkInPath(path)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

function linkInPath(path: string): EverstowError {
  return new EverstowError('place-refused', { data: { path, reason: 'link-in-path' } })
}

function folderGone(path: string): Error {
  return Object.assign(new Error(`no such folder: ${path}`), { code: 'ENOENT', path })
}
