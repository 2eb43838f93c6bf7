import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { createTreeCursor } from '../../../main/engine/repository/format/tree.ts'
import {
  ask,
  expectOneState,
  holdOpen,
  kill,
  looksOf,
  MANY_ROWS,
  SPILLING,
  startWriter,
} from '../sqlite-ground.ts'
import { at, letTimePass, type PackPile, Series } from './ground.ts'

/** What a snapshot holds of the folder `src`. */
function storedFiles(pile: PackPile, rootTreeId: string): Map<string, Buffer> {
  const top = createTreeCursor(pile.chunk(Buffer.from(rootTreeId, 'hex')))
  top.next()
  const cursor = createTreeCursor(pile.chunk(Buffer.from(top.child)))
  const files = new Map<string, Buffer>()
  while (cursor.next()) files.set(Buffer.from(cursor.name).toString(), pile.content(cursor))
  return files
}

function stored(pile: PackPile, rootTreeId: string, name: string): Buffer {
  const bytes = storedFiles(pile, rootTreeId).get(name)
  if (!bytes) throw new Error(`${name} is not in the snapshot`)
  return bytes
}

/** Our own connection, in this process: the pipeline's threads closing the file give up its locks, so it must not need any. */
function open(name: string, sql: string): DatabaseSync {
  mkdirSync(at('src'), { recursive: true })
  const database = new DatabaseSync(at('src', name))
  database.exec(sql)
  return database
}

const MODES = ['delete', 'wal'] as const
const ROUNDS = 3

describe('databases in use', () => {
  test('written to without a pause: every backup holds what one transaction left', {
    timeout: 180_000,
  }, async () => {
    for (const mode of MODES) await startWriter(at(`src/${mode}.db`), mode)
    const series = new Series()
    const states = { delete: [] as number[], wal: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      const { result, sessionFolder } = await series.run([at('src')])
      expect(result).toMatchObject({ skipped: [], incomplete: false, stats: { databases: 2 } })
      expect([...storedFiles(series.pile, result.rootTreeId).keys()]).toEqual(['delete.db', 'wal.db'])
      for (const mode of MODES) {
        const bytes = stored(series.pile, result.rootTreeId, `${mode}.db`)
        states[mode].push(expectOneState(bytes, at('restored')))
      }
      expect(readdirSync(sessionFolder)).not.toContain('tmp')
    }
    for (const mode of MODES) {
      // Each backup has a later one: the writer got on meanwhile.
      expect(new Set(states[mode]).size).toBe(ROUNDS)
      expect([...states[mode]].sort((a, b) => a - b)).toEqual(states[mode])
    }
  })

  test('one that did not change costs nothing; one that changed in its log alone is read again', async () => {
    const database = open('log.db', 'PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1)')
    const before = looksOf(at('src'))
    const series = new Series()
    letTimePass()
    const first = await series.run([at('src')])
    expect(first.result.stats).toMatchObject({ databases: 1, changedFiles: 1 })
    letTimePass()
    const second = await series.run([at('src')])
    expect(second.result.stats).toMatchObject({
      unchangedFiles: 1,
      changedFiles: 0,
      bytesRead: 0,
      newBytes: 0,
    })
    expect(second.result).toMatchObject({ rootTreeId: first.result.rootTreeId, nextTreeFile: undefined })
    expect(looksOf(at('src'))).toEqual(before)

    const { mtimeNs } = statSync(at('src/log.db'), { bigint: true })
    database.exec('INSERT INTO t VALUES (2)')
    expect(statSync(at('src/log.db'), { bigint: true }).mtimeNs).toBe(mtimeNs)
    const third = await series.run([at('src')])
    expect(third.result.stats).toMatchObject({ databases: 1, changedFiles: 1 })
    const bytes = stored(series.pile, third.result.rootTreeId, 'log.db')
    expect(ask(bytes, at('restored'), 'SELECT group_concat(a) FROM t')).toBe('1,2')

    database.close()
    expect(readdirSync(at('src'))).toEqual(['log.db'])
    letTimePass()
    const fourth = await series.run([at('src')])
    expect(fourth.result).toMatchObject({ skipped: [], stats: { databases: 1 } })
    expect(readdirSync(at('src'))).toEqual(['log.db'])
  })

  test('one that a program keeps for itself is named in bounded time, and read again when it lets go', async () => {
    open('kept.db', 'CREATE TABLE t (a); INSERT INTO t VALUES (1)').close()
    const holder = await holdOpen(at('src/kept.db'), 'BEGIN EXCLUSIVE')
    const series = new Series()
    letTimePass()
    const startMs = performance.now()
    const { result } = await series.run([at('src')])
    expect(performance.now() - startMs).toBeLessThan(300_000)
    expect(result).toMatchObject({
      incomplete: true,
      skipped: [{ path: at('src/kept.db'), reason: 'inconsistent' }],
      stats: { files: 1, databases: 0 },
    })
    expect(stored(series.pile, result.rootTreeId, 'kept.db')).toEqual(readFileSync(at('src/kept.db')))
    await kill(holder)
    letTimePass()
    const again = await series.run([at('src')])
    expect(again.result).toMatchObject({ incomplete: false, skipped: [], stats: { databases: 1 } })
  })
})

describe('databases that nobody uses', () => {
  test('what programs left, what is none, and what only looks like one', async () => {
    open('closed.db', 'PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1)').close()
    const writer = open('model.db', 'PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (7)')
    const rolling = open('rolling.db', `${SPILLING}; CREATE TABLE t (a); BEGIN; ${MANY_ROWS}`)
    // As a crash leaves them.
    const crash = (from: string, to: string, suffixes: readonly string[]): void => {
      for (const suffix of suffixes) copyFileSync(at(`src/${from}${suffix}`), at(`src/${to}${suffix}`))
    }
    crash('model.db', 'crashed.db', ['', '-wal'])
    crash('rolling.db', 'hot.db', ['', '-journal'])
    writer.close()
    rolling.close()
    const header = readFileSync(at('src/closed.db')).subarray(0, 16)
    writeFileSync(at('src/corrupt.db'), Buffer.concat([header, Buffer.alloc(5000, 7)]))
    writeFileSync(at('src/corrupt.db-wal'), 'its log')
    copyFileSync(at('src/closed.db'), at('src/strange.db'))
    writeFileSync(at('src/strange.db-wal'), 'a log that SQLite would not have written')
    writeFileSync(at('src/short.db'), Buffer.concat([header, Buffer.from('and no page')]))
    writeFileSync(at('src/notes'), 'no database')
    for (const suffix of ['-wal', '-shm', '-journal']) writeFileSync(at(`src/notes${suffix}`), suffix)
    mkdirSync(at('src/closed.db-wal'))
    linkSync(at('src/short.db'), at('src/short-too.db'))
    const before = looksOf(at('src'))

    const series = new Series()
    letTimePass()
    // What a run that was killed had under way.
    mkdirSync(at('session/tmp'), { recursive: true })
    writeFileSync(at('session/tmp/0-database'), 'half a copy')
    const { result } = await series.run([at('src')], { sessionFolder: at('session') })
    expect(looksOf(at('src'))).toEqual(before)
    expect(readdirSync(at('session'))).not.toContain('tmp')
    expect(result).toMatchObject({ skipped: [], incomplete: false, stats: { databases: 4 } })
    const files = storedFiles(series.pile, result.rootTreeId)
    expect([...files.keys()]).toEqual([
      'closed.db',
      'closed.db-wal',
      'corrupt.db',
      'corrupt.db-wal',
      'crashed.db',
      'hot.db',
      'hot.db-journal',
      'model.db',
      'notes',
      'notes-journal',
      'notes-shm',
      'notes-wal',
      'rolling.db',
      'short-too.db',
      'short.db',
      'strange.db',
      'strange.db-wal',
    ])
    const asTheyLie = [...files.keys()].filter((name) => !['closed.db-wal', 'crashed.db'].includes(name))
    for (const name of asTheyLie) expect(files.get(name)).toEqual(readFileSync(at('src', name)))
    expect(ask(files.get('crashed.db') ?? Buffer.alloc(0), at('restored'), 'SELECT a FROM t')).toBe('7')

    letTimePass()
    const again = await series.run([at('src')])
    expect(again.result.rootTreeId).toBe(result.rootTreeId)
  })
})
