import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { transaction } from '../../main/engine/catalogue/transaction.ts'
import { asEverstowError } from '../../main/engine/model/errors.ts'

test('a database that cannot grow is a full disk, and what it held before is there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'everstow-database-'))
  const database = new DatabaseSync(join(folder, 'kept.db'))
  try {
    database.exec('CREATE TABLE kept (text TEXT) STRICT')
    transaction(database, () => database.exec(`INSERT INTO kept VALUES ('before')`))
    database.exec('PRAGMA max_page_count = 4')
    const grow = () =>
      transaction(database, () => {
        for (let row = 0; row < 100; row++) database.exec(`INSERT INTO kept VALUES ('${'x'.repeat(4_000)}')`)
      })
    let code: string | undefined
    try {
      grow()
    } catch (error) {
      code = asEverstowError(error).code
    }
    expect(code).toBe('disk-full')
    expect(database.isTransaction).toBe(false)
    expect(database.prepare('SELECT text FROM kept').all()).toEqual([{ text: 'before' }])
  } finally {
    database.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
