import { describe, expect, test } from 'vitest'
import { settingsFor } from '../../main/engine/restore/postgres/database-settings.ts'
import { missingRoles, withoutPasswords } from '../../main/engine/restore/postgres/missing-roles.ts'
import { differingTables } from '../../main/engine/sources/postgres/count-rows.ts'
import { DumpFacts } from '../../main/engine/sources/postgres/dump-server.ts'

describe('rows of a dump and of what came back', () => {
  test('more, fewer, tables that are gone and tables that nobody dumped are told apart', () => {
    const recorded = [
      { table: 'a', rows: 1 },
      { table: 'b', rows: 2 },
      { table: 'c', rows: 0 },
    ]
    expect(differingTables(recorded, recorded)).toEqual([])
    const found = [
      { table: 'b', rows: 3 },
      { table: 'a', rows: 1 },
      { table: 'd', rows: 0 },
    ]
    expect(differingTables(recorded, found)).toEqual([
      { table: 'b', recorded: 2, found: 3 },
      { table: 'c', recorded: 0, found: undefined },
      { table: 'd', recorded: undefined, found: 0 },
    ])
  })

  test('the facts of backups in which nobody counted rows are read as before', () => {
    const database = { name: 'shop', sizeBytes: 1, encoding: 'UTF8', collate: 'C', ctype: 'C', owner: 'me' }
    const facts = {
      version: 1,
      source: 'postgres://me@h/shop',
      takenAt: '2026-11-01T00:00:00.000Z',
      serverVersion: 150_018,
      dumpVersion: 15,
      globals: { file: 'globals.sql', hasPasswords: true },
      databases: [{ ...database, file: 'shop.dump' }],
    }
    expect(DumpFacts.parse(facts).databases[0]?.tables).toBeUndefined()
  })
})

test('roles are made without their passwords, whatever their names hold', () => {
  const globals = [
    'CREATE ROLE me;',
    "ALTER ROLE me WITH SUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:x''y' VALID UNTIL '2027-01-01 00:00:00+00';",
    `CREATE ROLE "a PASSWORD 'b'";`,
    `ALTER ROLE "a PASSWORD 'b'" WITH LOGIN PASSWORD 'md5secret';`,
    'GRANT me TO "a PASSWORD \'b\'" GRANTED BY me;',
  ].join('\n')
  expect(missingRoles(withoutPasswords(globals), new Set()).split('\n')).toEqual([
    'CREATE ROLE me;',
    "ALTER ROLE me WITH SUPERUSER LOGIN VALID UNTIL '2027-01-01 00:00:00+00';",
    `CREATE ROLE "a PASSWORD 'b'";`,
    `ALTER ROLE "a PASSWORD 'b'" WITH LOGIN;`,
    'GRANT me TO "a PASSWORD \'b\'";',
  ])
})

test('of what is written about a database only what has a known shape is said of its new name', () => {
  const script = [
    '-- GRANT ALL ON DATABASE shop TO "in a remark";',
    '\\connect -reuse-previous=on "dbname=shop"',
    "SELECT pg_catalog.set_config('search_path', '', false);",
    `COMMENT ON DATABASE shop IS 'it''s;\nGRANT ALL ON DATABASE shop TO "in a text";\n';`,
    "ALTER DATABASE shop SET work_mem TO '7MB';",
    "ALTER DATABASE shop SET work_mem TO '7MB' + evil();",
    "ALTER DATABASE other SET work_mem TO '7MB';",
    'ALTER DATABASE shop IS_TEMPLATE = true;',
    'REVOKE CONNECT,TEMPORARY ON DATABASE shop FROM PUBLIC;',
    'DROP DATABASE shop;',
  ].join('\n')
  const { settings, unknown } = settingsFor(script, 'shop', 'new "one"')
  expect(settings.map(({ sql }) => sql)).toEqual([
    `COMMENT ON DATABASE "new ""one""" IS 'it''s;\nGRANT ALL ON DATABASE shop TO "in a text";\n'`,
    `ALTER DATABASE "new ""one""" SET work_mem TO '7MB'`,
    'REVOKE CONNECT,TEMPORARY ON DATABASE "new ""one""" FROM PUBLIC',
  ])
  expect(settings.map(({ about }) => about)).toEqual(['COMMENT', 'work_mem', 'CONNECT,TEMPORARY'])
  expect(unknown).toEqual(['ALTER DATABASE', 'ALTER DATABASE', 'ALTER DATABASE'])
})
