import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { createArchive } from '../../main/engine/archive/write/create-archive.ts'
import { ground, inSource, linux, options, readIndex, source, spool } from './archive-write-ground.ts'
import { ask, expectOneState, holdOpen, looksOf, startWriter } from './sqlite-ground.ts'

/** The last content of a path in the archive, as tar gives it. */
function packed(name: string): Buffer {
  const into = join(ground, 'unpacked')
  execFileSync('mkdir', ['-p', into])
  execFileSync('tar', ['-xzf', join(spool, 'a.tar.gz'), '-C', into])
  const bytes = readFileSync(join(into, 'source', name))
  rmSync(into, { recursive: true })
  return bytes
}

const filesInIndex = (): string[] =>
  readIndex()
    .entries.filter(({ t }) => t === 'f')
    .map(({ p }) => p)

test.runIf(linux)(
  'databases written to without a pause are packed as one transaction left them',
  async () => {
    for (const mode of ['delete', 'wal'] as const) await startWriter(inSource(`${mode}.db`), mode)
    for (let round = 0; round < 3; round++) {
      const result = await createArchive(options({ threads: 1 }))
      expect(result).toMatchObject({ skipped: [], incomplete: false, files: 2, databases: 2 })
      expect(filesInIndex()).toEqual(['source/delete.db', 'source/wal.db'])
      expect(readdirSync(spool).sort()).toEqual(['a.tar.gz', 'a_index.ndjson.gz'])
      for (const name of ['delete.db', 'wal.db']) {
        const bytes = packed(name)
        expectOneState(bytes, join(ground, 'restored'))
        expect(result.bytesRead).toBeGreaterThanOrEqual(bytes.length)
      }
      for (const name of readdirSync(spool)) rmSync(join(spool, name))
    }
  },
)

test.runIf(linux)(
  'what is only in the log is packed, one kept by a program is named, and nothing is left behind',
  async () => {
    const log = new DatabaseSync(inSource('log.db'))
    log.exec('PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1)')
    new DatabaseSync(inSource('kept.db')).exec('CREATE TABLE t (a)')
    await holdOpen(inSource('kept.db'), 'BEGIN EXCLUSIVE')
    const before = looksOf(source)
    const result = await createArchive(options({ threads: 1 }))
    expect(looksOf(source)).toEqual(before)
    expect(result).toMatchObject({
      skipped: [{ path: inSource('kept.db'), reason: 'inconsistent' }],
      incomplete: true,
      files: 2,
      databases: 1,
    })
    expect(filesInIndex()).toEqual(['source/kept.db', 'source/log.db'])
    expect(ask(packed('log.db'), join(ground, 'restored'), 'SELECT a FROM t')).toBe('1')
    expect(packed('kept.db')).toEqual(readFileSync(inSource('kept.db')))
    log.close()
  },
)
