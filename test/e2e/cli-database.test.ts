import { mkdir, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../servers/postgres/cluster.ts'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

const PASSWORD = 'canary-5b20'

let cluster: Cluster
let world: CliWorld
beforeAll(async () => {
  cluster = await startCluster({ password: PASSWORD })
  await cluster.sql('CREATE DATABASE shop')
  await cluster.sql('CREATE TABLE orders AS SELECT i FROM generate_series(1, 1000) i', 'shop')
})
afterAll(() => cluster?.remove())
beforeEach(async () => {
  world = await makeCliWorld()
  await mkdir(world.path('nas'))
  await writeFile(world.path('file.txt'), 'x')
  expect((await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')).status).toBe(0)
})
afterEach(() => world.remove())

test(
  'a plan of files and a database: added, run, and the database restored under another name',
  SLOW,
  async () => {
    const source = cluster.tcpUrl('shop')
    const plan = (...options: string[]) =>
      world.run('plan', 'add', 'shop', '--source', 'file.txt', source, ...options)
    // Nobody is asked in a pipe: what fails at night fails now.
    const refused = await plan('--json')
    expect(refused.status).toBe(1)
    expect(refused.json().error?.code).toBe('postgres-refused')
    expect((await world.run('plan', 'list', '--json')).json()).toEqual({ plans: [] })
    await writeFile(world.path('password'), `${PASSWORD}\n`, { mode: 0o600 })
    expect((await plan('--secret-file', 'password')).status).toBe(0)
    const backup = await world.run('backup', 'shop', '--json')
    expect(backup.status).toBe(0)
    const restored = await world.run('db', 'restore', 'latest', '--into', cluster.tcpUrl('shop2'), '--json')
    expect(restored.status).toBe(0)
    expect(restored.json()).toMatchObject({ database: 'shop2', host: '127.0.0.1', tables: 1, kept_as: null })
    expect(await cluster.sql('SELECT count(*) FROM orders', 'shop2')).toBe('1000')
    const again = await world.run('db', 'restore', 'latest', '--into', cluster.tcpUrl('shop2'))
    expect(again.status).toBe(1)
    expect(again.err).toContain('is there already')
    // Its password is nowhere to be seen.
    expect(refused.err + backup.out + backup.err + restored.out + restored.err).not.toContain('canary')
  },
)

test('addresses, and what a server says of itself', SLOW, async () => {
  const open = await world.run(
    'plan',
    'add',
    'x',
    '--source',
    'postgres://me:canary@127.0.0.1/shop',
    '--json',
  )
  expect(open.status).toBe(2)
  expect(open.json().error?.code).toBe('password-in-address')
  expect(open.out + open.err).not.toContain('canary')
  const nonsense = await world.run('plan', 'add', 'x', '--source', 'mysql://127.0.0.1/shop', '--json')
  expect(nonsense.status).toBe(2)
  expect(nonsense.json().error?.code).toBe('not-supported')
  const nobody = await world.run('db', 'test', 'postgres://127.0.0.1:1/shop', '--json')
  expect(nobody.status).toBe(1)
  expect(nobody.json().error).toMatchObject({ code: 'postgres-unreachable' })
  const known = await world.runWith({ PGPASSWORD: PASSWORD }, 'db', 'test', cluster.tcpUrl('shop'))
  expect(known.status).toBe(0)
  expect(known.out).toMatch(/PostgreSQL 1\d\.\d+ answers/)
  expect(known.out).toMatch(/shop +[\d.]+ MB/)
  const missing = await world.runWith(
    { PGPASSWORD: PASSWORD },
    'db',
    'test',
    cluster.tcpUrl('Shop'),
    '--json',
  )
  expect(missing.json().error?.code).toBe('postgres-database-missing')
  const kept = await world.runWith(
    { PGPASSWORD: PASSWORD },
    'db',
    'password',
    cluster.tcpUrl('shop'),
    '--json',
  )
  expect(kept.json()).toEqual({ source: cluster.tcpUrl('shop'), kept: true })
  expect((await world.run('db', 'test', cluster.tcpUrl('shop'))).status).toBe(0)
  expect(
    (await world.run('db', 'password', cluster.tcpUrl('shop'), '--forget', '--json')).json(),
  ).toMatchObject({ kept: false })
  expect((await world.run('db', 'test', cluster.tcpUrl('shop'))).status).toBe(1)
})
