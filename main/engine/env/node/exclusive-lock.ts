import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { EverstowError, fromSystemError } from '../../model/errors.ts'
import { nodeClock } from './node-clock.ts'
import { nodeFiles } from './node-files.ts'
import { currentProcess, isAlive } from './process-identity.ts'

/** Held until `release` or the end of the process, however it ends. */
export interface Lock {
  release(): Promise<void>
}

/** Who has the lock, as far as its note tells. */
export interface LockHolder {
  readonly pid?: number
  readonly startedAt?: string
  /** Milliseconds since 1970. */
  readonly sinceMs?: number
  /** What the holder said it was doing. */
  readonly what?: string
}

export interface LockTaken {
  readonly holder: LockHolder
}

/**
 * Takes the lock at `path` (its folder must exist), or tells who has it. Works between processes, threads and calls of one process; the system
 * itself gives it back when the holder is killed, so no lock is ever stale.
 *
 * How: SQLite keeps an exclusive transaction on an empty database, which is the operating system's file lock on every platform. The note lies in
 * a file of its own (`<path>.holder`), because on POSIX closing any descriptor of a locked file gives up the process's locks: nobody may open
 * the lock file itself by other means while it is held. The lock file stays when released; removing it would let two holders lock two files.
 */
export async function acquireLock(path: string, what: string): Promise<Lock | LockTaken> {
  const database = lockedDatabase(path)
  if (!database) return { holder: readHolder(path) }
  const notePath = holderPath(path)
  const holder: LockHolder = { ...currentProcess(), sinceMs: nodeClock.now(), what }
  // In place: half a note says nothing, just as none. Neither does a lock need one: on a full disk there is none.
  await writeFile(notePath, `${JSON.stringify(holder)}\n`).catch(() => {})
  return {
    release: async () => {
      if (!database.isOpen) return
      try {
        await nodeFiles.remove(notePath)
      } finally {
        if (database.isOpen) database.close()
      }
    },
  }
}

/** Runs `run` while holding the lock; waits up to `timeoutMs` for its holder, then fails with `already-running`. */
export async function withLock<T>(
  path: string,
  what: string,
  timeoutMs: number,
  run: () => Promise<T>,
): Promise<T> {
  const deadline = nodeClock.monotonicMs() + timeoutMs
  for (;;) {
    const answer = await acquireLock(path, what)
    if (!('holder' in answer)) {
      try {
        return await run()
      } finally {
        await answer.release()
      }
    }
    if (nodeClock.monotonicMs() >= deadline) {
      const { pid, what: doing } = answer.holder
      throw new EverstowError('already-running', { data: { pid, what: doing } })
    }
    await nodeClock.sleep(5 + Math.random() * 20)
  }
}

const SQLITE_BUSY = 5

/** An open database that holds the file's lock, or `undefined` when somebody else does. */
function lockedDatabase(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    // Nothing is ever written to it, so it needs no journal; locking works on a full disk, too.
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database?.close()
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) return undefined
    const known = fromSystemError(error, { path })
    throw (
      known ?? new EverstowError('io-error', { data: { path }, cause: error, message: `Cannot lock ${path}` })
    )
  }
}

function holderPath(path: string): string {
  return `${path}.holder`
}

/** The note of the one who holds the lock. A note of the dead is from an earlier holder and tells nothing. */
function readHolder(path: string): LockHolder {
  try {
    const note = JSON.parse(readFileSync(holderPath(path), 'utf8')) as LockHolder
    if (typeof note.pid === 'number' && isAlive({ pid: note.pid, startedAt: note.startedAt ?? '' }))
      return note
  } catch {
    // Not there yet or not readable: the lock is taken all the same, only by whom stays unknown.
  }
  return {}
}
