import { copyFileSync, createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { createArchive } from '../../main/engine/archive/write/create-archive.ts'
import { restoreArchive } from '../../main/engine/restore/archive/restore-archive.ts'
import { ground, inSource, options, spool } from './archive-write-ground.ts'

test('a log that lies where a database is restored to is put aside: it belongs to another state', async () => {
  const database = new DatabaseSync(inSource('bank.db'))
  database.exec('PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1)')
  writeFileSync(inSource('notes'), 'kept')
  const { sizeBytes, sha256 } = await createArchive(options({ threads: 1 }))
  // What is in the target: a later state, the last change of it in the log alone, as a crash leaves it.
  database.exec("PRAGMA wal_checkpoint(truncate); UPDATE t SET a = 'later'")
  const into = join(ground, 'into')
  const target = (...names: string[]): string => join(into, 'source', ...names)
  mkdirSync(target(), { recursive: true })
  for (const name of ['bank.db', 'bank.db-wal']) copyFileSync(inSource(name), target(name))
  writeFileSync(target('notes'), 'other')
  writeFileSync(target('notes-wal'), 'no log')
  database.close()

  const open = (range?: { start: number; end: number }) =>
    createReadStream(join(spool, 'a.tar.gz'), range && { start: range.start, end: range.end - 1 })
  const report = await restoreArchive({
    source: { sizeBytes, sha256, open },
    into,
    existing: 'replace',
  })
  expect(report.failed).toEqual([])
  const restored = new DatabaseSync(target('bank.db'))
  expect(restored.prepare('SELECT a FROM t').all()).toEqual([{ a: 1 }])
  restored.close()
  expect(existsSync(join(String(report.replacedInto), 'source/bank.db-wal'))).toBe(true)
  expect(readFileSync(target('notes-wal'), 'utf8')).toBe('no log')
})
