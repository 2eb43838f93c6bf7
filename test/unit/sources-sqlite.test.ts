import { closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Name } from '../../main/engine/sources/files/list-folder.ts'
import { ownerOf, partingAt } from '../../main/engine/sources/sqlite/companions.ts'
import { copyDatabase } from '../../main/engine/sources/sqlite/copy-database.ts'
import { ask, expectOneState, MANY_ROWS, SPILLING, startWriter } from './sqlite-ground.ts'

let home: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'everstow-sqlite-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const surroundings = { now: Date.now, monotonicMs: () => performance.now(), checkpoint: () => {} }

/** A copy of a database, or why there is none. */
function copied(path: string): Buffer | string {
  const file = openSync(path, 'r')
  const copy = openSync(join(home, 'copy'), 'w+')
  try {
    const answer = copyDatabase({ file, path }, copy, surroundings)
    return typeof answer === 'string' ? answer : readFileSync(join(home, 'copy'))
  } finally {
    closeSync(copy)
    closeSync(file)
  }
}

test.each([512, 4096, 65_536])(
  'pages of %i bytes: of a log only what was committed counts, and it may shrink',
  (size) => {
    const path = join(home, 'a.db')
    const database = new DatabaseSync(path)
    database.exec(
      `PRAGMA page_size = ${size}; PRAGMA auto_vacuum = full; PRAGMA journal_mode = wal; ${SPILLING}`,
    )
    database.exec(`PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a); ${MANY_ROWS}; PRAGMA wal_checkpoint`)
    database.exec('DELETE FROM t; INSERT INTO t VALUES (1)')
    const smaller = copied(path)
    expect(smaller.length).toBeLessThan(statSync(path).size)
    expect(ask(smaller as Buffer, join(home, 'asked'), 'PRAGMA integrity_check; SELECT a FROM t')).toBe(
      'ok\n1',
    )
    // Goes into the log, and is not committed.
    const log = readFileSync(`${path}-wal`)
    database.exec(`BEGIN; ${MANY_ROWS}`)
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(false)
    expect(copied(path)).toEqual(smaller)
    database.close()
  },
)

test('a log that a program keeps for itself is read all the same', async () => {
  const path = join(home, 'bank.db')
  await startWriter(path, 'wal', 'exclusive')
  // A log that begins anew while it is read is an honest "unsteady"; how often that happens is up to the machine.
  const deadline = performance.now() + 30_000
  const answers: ReturnType<typeof copied>[] = []
  do answers.push(copied(path))
  while (
    performance.now() < deadline &&
    (answers.length < 6 || answers.every((answer) => typeof answer === 'string'))
  )
  const copies = answers.filter((answer) => typeof answer !== 'string')
  expect(copies.length).toBeGreaterThan(0)
  for (const copy of copies) expectOneState(copy, join(home, 'asked'))
  expect(new Set(answers.filter((answer) => typeof answer === 'string'))).not.toContain('unreachable')
})

test('copying is stopped between two pieces', () => {
  const path = join(home, 'a.db')
  new DatabaseSync(path).exec('CREATE TABLE t (a)')
  const file = openSync(path, 'r')
  const copy = openSync(join(home, 'copy'), 'w+')
  const stop = (): void => {
    throw new Error('stopped')
  }
  expect(() => copyDatabase({ file, path }, copy, { ...surroundings, checkpoint: stop })).toThrow('stopped')
  closeSync(copy)
  closeSync(file)
})

test('a list of names is never parted between a database and what lies beside it', () => {
  const listed = (...texts: string[]): Name[] =>
    texts.map((text) => ({ text, bytes: undefined, isFolder: false }))
  const names = listed('a', 'b.db', 'b.db-a', 'b.db-journal', 'b.db-wal', 'c', 'd.db', 'd.db-wal', 'e')
  const partings = names.map((_, from) => partingAt(names, from, names.length))
  expect(partings).toEqual([0, 1, 5, 5, 5, 5, 6, 8, 8])
  const bytes = { text: '\uFFFD.db-wal', bytes: Buffer.from('\xe9.db-wal', 'latin1'), isFolder: false }
  expect([ownerOf(bytes), ownerOf(listed('é.db-wal')[0] as Name)]).toEqual(['\0é.db', 'é.db'])
  expect(listed('-wal', 'medal', 'x-shm', 'crystal').map(ownerOf)).toEqual([
    undefined,
    undefined,
    'x',
    undefined,
  ])
})
