import { randomBytes } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import {
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  statfs,
  unlink,
  utimes,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import type { FileStat, Files, WriteOptions } from '../files.ts'

/** The machine's file system. */
export const nodeFiles: Files = {
  readFile: (path) => readFile(path),
  readText: (path) => readFile(path, 'utf8'),
  async readInto(path, into, position) {
    const handle = await open(path, 'r')
    try {
      let filled = 0
      for (let count = -1; count !== 0 && filled < into.byteLength; filled += count)
        count = (await handle.read(into, filled, into.byteLength - filled, position + filled)).bytesRead
      return filled
    } finally {
      await handle.close()
    }
  },
  writeAtomic,

  openRead(path, range) {
    if (!range) return createReadStream(path)
    if (range.end <= range.start) return Readable.from([])
    return createReadStream(path, { start: range.start, end: range.end - 1 })
  },

  stat: (path) => statOrNothing(stat(path)),
  lstat: (path) => statOrNothing(lstat(path)),
  list: async (path) => (await readdir(path)).sort(),
  async listKinds(path) {
    const entries = await readdir(path, { withFileTypes: true })
    return entries
      .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  },

  async mkdir(path, options) {
    const highest = await mkdir(path, { recursive: true, mode: options?.mode })
    if (highest === undefined) return
    // Each new folder's name is in the one above it; without these a durable file in it could vanish with its folder.
    for (let above = dirname(path); ; above = dirname(above)) {
      await syncDir(above)
      if (above.length <= dirname(highest).length) return
    }
  },

  rename: renameOver,
  link,

  async remove(path) {
    await unlink(path).catch(unlessMissing)
  },

  removeTree: (path) => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  async touch(path) {
    const now = new Date()
    await utimes(path, now, now)
  },
  syncDir,
  realPath: (path) => realpath(path),

  async space(path) {
    for (let existing = path; ; existing = dirname(existing)) {
      try {
        const { bavail, blocks, bsize } = await statfs(existing)
        return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
      } catch (error) {
        if (!isMissing(error) || existing === dirname(existing)) throw error
      }
    }
  },
}

async function writeAtomic(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  const folder = dirname(path)
  const mode = options.mode ?? (await statOrNothing(stat(path)))?.mode
  // Cut, so that the temporary name of a very long name still fits into a file name.
  const temporary = join(
    options.temporaryIn ?? folder,
    `.${basename(path).slice(0, 60)}.tmp-${randomBytes(6).toString('hex')}`,
  )
  const handle = await open(temporary, 'wx', mode ?? 0o666)
  try {
    try {
      // The mode given to open passes through the umask; this one does not.
      if (mode !== undefined) await handle.chmod(mode & 0o7777)
      await handle.writeFile(data)
      if (!options.mayBeLost) await handle.sync()
    } finally {
      await handle.close()
    }
    await renameOver(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => {
      // The first error is the one to tell; what is left is recognisable by its name.
    })
    throw error
  }
  if (!options.mayBeLost) await syncDir(folder)
}

const WINDOWS_RENAME_TRIES = 6

/** On Windows a scanner that has just opened the file makes renaming fail for a moment. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await rename(from, to)
    } catch (error) {
      const passing = ['EPERM', 'EACCES', 'EBUSY'].includes(String((error as NodeJS.ErrnoException).code))
      if (process.platform !== 'win32' || !passing || tries === WINDOWS_RENAME_TRIES) throw error
      await new Promise((resolve) => setTimeout(resolve, 10 * 2 ** tries))
    }
  }
}

async function syncDir(path: string): Promise<void> {
  // Windows gives no handle on a folder; NTFS journals its entries by itself.
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some network and FUSE file systems cannot sync a folder; there is nothing more that we could do.
    if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(String((error as NodeJS.ErrnoException).code))) throw error
  } finally {
    await handle.close()
  }
}

async function statOrNothing(pending: Promise<Stats>): Promise<FileStat | undefined> {
  try {
    return fileStatOf(await pending)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function fileStatOf(stats: Stats): FileStat {
  const { size, mtimeMs, mode, ino, dev } = stats
  return { kind: kindOf(stats), sizeBytes: size, mtimeMs, mode: mode & 0o7777, ino, dev }
}

function kindOf(stats: Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): FileStat['kind'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  return stats.isSymbolicLink() ? 'symlink' : 'other'
}

/** Nothing at that path, be it that one of its parents is a file. */
function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))
}

function unlessMissing(error: unknown): void {
  if (!isMissing(error)) throw error
}
