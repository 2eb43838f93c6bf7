import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { perform } from './measure.ts'

/** Where the tools keep their repositories and restore into, for the length of one run. */
export interface Ground {
  /** A new empty folder. */
  folder(name: string): string
  /** Gives a folder up; `sweep` deletes it. Restoring soon after a big deletion costs every tool tens of seconds. */
  discard(folder: string): void
  sweep(): Promise<void>
  remove(): void
}

/** Makes a ground of its own inside the cache folder, on the same disk as the workloads. */
export function makeGround(cacheFolder: string): Ground {
  mkdirSync(cacheFolder, { recursive: true })
  const root = mkdtempSync(join(cacheFolder, 'ground-'))
  const discarded = join(root, 'discarded')
  mkdirSync(discarded)
  let last = 0
  const remove = (): void => rmSync(root, { recursive: true, force: true })
  // Also when it is interrupted; what still runs is killed before that (measure.ts).
  process.once('exit', remove)
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => process.exit(status))
  return {
    folder(name) {
      const path = join(root, `${++last}-${name}`)
      mkdirSync(path)
      return path
    },
    discard: (folder) => renameSync(folder, join(discarded, String(++last))),
    async sweep() {
      // Side by side: a disk that is told of every freed block keeps each deletion waiting.
      const paths = readdirSync(discarded).map((name) => join(discarded, name))
      await Promise.all(paths.map((path) => perform({ argv: ['rm', '-rf', path] })))
      await settle()
    },
    remove() {
      process.removeListener('exit', remove)
      remove()
    },
  }
}

/** Waits until nothing is left to be written, so that no tool pays for the one before. */
export async function settle(): Promise<void> {
  await perform({ argv: ['sync'] })
}

/** Reads a tree through, so that every tool finds it in memory. */
export async function warm(folder: string): Promise<void> {
  // Into a pipe: tar reads nothing when it sees that it writes to /dev/null.
  await perform({ argv: ['bash', '-c', 'tar -cf - -- "$1" 2>&1 | cat > /dev/null', 'bash', folder] })
}

/** Sum of the sizes of all files below a folder. */
export function storedBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
    0,
  )
}
