import { closeSync, fstatSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const LARGEST_BYTES = 5 * 1024 * 1024
const FILES_KEPT = 3

/** Where lines of a log go. */
export interface LogFile {
  write(line: string): void
  close(): void
}

/**
 * Appends to `path`; at `largestBytes` the file becomes `path.1`, that one `path.2`, and the oldest goes, so that `filesKept` files remain.
 * Several processes may write to one log: each sees by the file's identity that another has rotated, and follows.
 * A line that cannot be written (disk full) is counted and told with the next one that can: logging never fails a backup.
 */
export function openLogFile(path: string, largestBytes = LARGEST_BYTES, filesKept = FILES_KEPT): LogFile {
  let fd: number | undefined
  let lostLines = 0

  const open = (): number => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    fd = openSync(path, 'a', 0o600)
    return fd
  }
  const close = (): void => {
    if (fd !== undefined) closeSync(fd)
    fd = undefined
  }
  const ready = (lineBytes: number): number => {
    const current = fd ?? open()
    const { size, ino, dev } = fstatSync(current)
    if (size === 0 || size + lineBytes <= largestBytes) return current
    close()
    const there = statSync(path, { throwIfNoEntry: false })
    if (there?.ino === ino && there.dev === dev) rotate(path, filesKept)
    return open()
  }

  return {
    write(line) {
      const lost = lostLines
        ? `${JSON.stringify({ level: 'warn', msg: 'log lines were lost', count: lostLines })}\n`
        : ''
      try {
        writeSync(ready(Buffer.byteLength(line)), lost + line)
        lostLines = 0
      } catch {
        // Nobody to tell but the log itself, later. The file is opened again: it may have gone with its folder.
        lostLines++
        close()
      }
    },
    close,
  }
}

function rotate(path: string, filesKept: number): void {
  for (let number = filesKept - 1; number >= 1; number--) {
    const from = number === 1 ? path : `${path}.${number - 1}`
    try {
      renameSync(from, `${path}.${number}`)
    } catch (error) {
      // There need not be that many yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}
