import { expect, test } from 'vitest'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import {
  isPostgresSource,
  parsePostgresSource,
  postgresFolderName,
  postgresSecretName,
  postgresSourceText,
} from '../../../main/engine/model/postgres-source.ts'

const codeOf = (source: string): string => {
  try {
    parsePostgresSource(source)
  } catch (error) {
    expect(error).toBeInstanceOf(EverstowError)
    return (error as EverstowError).code
  }
  return 'taken'
}

test('addresses are read as libpq reads them, and written in one way', () => {
  const texts: [given: string, written: string][] = [
    ['postgres://anna@db.example.com:5432/shop', 'postgres://anna@db.example.com/shop'],
    ['postgresql://anna@db.example.com:6432/shop', 'postgres://anna@db.example.com:6432/shop'],
    ['POSTGRES://db.example.com/Shop', 'postgres://db.example.com/Shop'],
    ['postgres:///shop', 'postgres:///shop'],
    ['postgres:///shop?host=/run/postgresql', 'postgres:///shop?host=/run/postgresql'],
    ['postgres://anna@%2Frun%2Fpostgresql/shop', 'postgres://anna@/shop?host=/run/postgresql'],
    ['postgres://anna@:6432/shop?host=/run/pg', 'postgres://anna@:6432/shop?host=/run/pg'],
    ['postgres://[::1]:6432/shop', 'postgres://[::1]:6432/shop'],
    ['postgres://anna@db/*', 'postgres://anna@db/*'],
    ['postgres://db?dbname=shop&user=anna', 'postgres://anna@db/shop'],
    ['postgres://db/my%20shop%2Fold?sslmode=require', 'postgres://db/my%20shop%2Fold?sslmode=require'],
  ]
  for (const [given, written] of texts) {
    expect(isPostgresSource(given), given).toBe(true)
    expect(postgresSourceText(parsePostgresSource(given)), given).toBe(written)
    expect(postgresSourceText(parsePostgresSource(written)), written).toBe(written)
  }
})

test('a password in an address is refused and not repeated', () => {
  for (const source of [
    'postgres://anna:sesame@db/shop',
    'postgres://anna:@db/shop',
    'postgres://anna@db/shop?password=sesame',
  ])
    expect(codeOf(source), source).toBe('password-in-address')
  try {
    parsePostgresSource('postgres://anna:sesame@db/shop')
  } catch (error) {
    expect(JSON.stringify(error) + String(error)).not.toContain('sesame')
  }
})

test('what is no address of one server is refused', () => {
  for (const source of [
    'postgres://',
    'postgres://db',
    'postgres://db/',
    'postgres://one,two/shop',
    'postgres://db:0/shop',
    'postgres://db:70000/shop',
    'postgres://db/shop?service=mine',
    'postgres://db/shop?passfile=/etc/shadow',
    'postgres://db/%E0%A4%A',
    'postgres://db/a%00b',
    'mysql://db/shop',
  ])
    expect(codeOf(source), source).toBe('database-address')
})

test('names of folders and secrets come from the address alone', () => {
  const shop = parsePostgresSource('postgres://anna@db.example.com:6432/my shop/…')
  expect(postgresFolderName(shop)).toBe('postgres-db.example.com-6432-my_shop__')
  expect(postgresFolderName(parsePostgresSource('postgres:///*'))).toBe('postgres')
  const other = parsePostgresSource('postgres://anna@db.example.com:6432/other')
  expect(postgresSecretName(shop)).toBe(postgresSecretName(other))
  expect(postgresSecretName(shop)).not.toBe(
    postgresSecretName(parsePostgresSource('postgres://bert@db.example.com:6432/other')),
  )
})
