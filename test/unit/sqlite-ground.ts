import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect } from 'vitest'

const CHILD = fileURLToPath(new URL('./sqlite-writer-child.ts', import.meta.url))
const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child)
})

/** A process of its own that commits to a new database at full speed; resolves when it has begun. */
export async function startWriter(
  path: string,
  journalMode: 'delete' | 'wal',
  lockingMode = 'normal',
): Promise<ChildProcess> {
  mkdirSync(dirname(path), { recursive: true })
  const child = spawn(process.execPath, [CHILD, path, journalMode, lockingMode], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(child)
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return child
}

/** A process of its own that runs `sql` on a database and then holds it open, with whatever locks that gave it. */
export async function holdOpen(path: string, sql: string): Promise<ChildProcess> {
  const script = `const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(process.argv[1])
    database.exec(process.argv[2])
    console.log('ready')
    setInterval(() => database.isOpen, 1000)`
  const child = spawn(process.execPath, ['-e', script, path, sql], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return child
}

/** Ends it as a crash would. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** What a database says by an independent program, with nothing lying beside it. */
export function ask(bytes: Uint8Array, folder: string, sql: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${readdirSync(folder).length}.db`)
  writeFileSync(path, bytes)
  return execFileSync('sqlite3', [path, sql], { encoding: 'utf8' }).trim()
}

const INVARIANT = `PRAGMA integrity_check;
  SELECT sum(balance) FROM accounts;
  SELECT (SELECT n FROM first) = (SELECT n FROM last);
  SELECT n FROM first`

/** The stored bytes are what one transaction of the writer left; answers which one. */
export function expectOneState(bytes: Uint8Array, folder: string): number {
  const [integrity, sum, agree, transactions] = ask(bytes, folder, INVARIANT).split('\n')
  expect({ integrity, sum, agree }).toEqual({ integrity: 'ok', sum: '2000000', agree: '1' })
  return Number(transactions)
}

/** Large enough for the cache of a connection told to have none: what is not committed goes to the file. */
export const SPILLING = 'PRAGMA cache_size = 1; PRAGMA synchronous = OFF'
export const MANY_ROWS =
  'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT randomblob(900) FROM n'

/**
 * What a look from outside tells of a folder: names, sizes and times of change, its own as well. For root, SQLite gives a journal that it looks at
 * the owner of its database, which moves nothing but the time of that.
 */
export function looksOf(folder: string): string[] {
  const look = (path: string, name: string): string => {
    const { size, mtimeNs, ino } = lstatSync(path, { bigint: true })
    return `${name} ${size} ${mtimeNs} ${ino}`
  }
  expect(existsSync(folder)).toBe(true)
  return [look(folder, '.'), ...readdirSync(folder).map((name) => look(join(folder, name), name))]
}
