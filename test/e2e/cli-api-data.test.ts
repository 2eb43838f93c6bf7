import { mkdir, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

let world: CliWorld

beforeAll(async () => {
  world = await makeCliWorld()
  await mkdir(world.path('papers'))
  await writeFile(world.path('papers', 'a.json'), '{"eur":1}')
  await world.run('place', 'add', 'disk', '--type', 'local', '--path', world.path('disk'))
  for (const name of ['papers', 'photos'])
    await world.run('plan', 'add', name, '--source', world.path('papers'), '--schedule', 'manual')
}, SLOW.timeout)
afterAll(() => world.remove())

test('who may read data is said, limited and seen at the command line', SLOW, async () => {
  const { plans } = (await world.run('plan', 'list', '--json')).json() as unknown as {
    plans: { id: string; name: string }[]
  }
  const idOf = (wanted: string) => plans.find(({ name }) => name === wanted)?.id
  const added = await world.run(
    ...['api-key', 'add', 'agent', '--role', 'read-data', '--plan', 'Papers', '--plan', 'photos'],
    ...[
      '--path',
      'papers/**/*.json',
      '--path',
      'papers/notes',
      '--from',
      '2026-01-01',
      '--bytes-per-hour',
      '50MB',
    ],
    '--json',
  )
  expect(added.status).toBe(0)
  expect(added.json()).toMatchObject({
    role: 'read-data',
    scope: {
      plan_ids: [idOf('papers'), idOf('photos')],
      paths: ['papers/**/*.json', 'papers/notes'],
      from: '2026-01-01',
      to: null,
    },
    bytes_per_hour: 50_000_000,
    used_bytes: 0,
    key: expect.stringMatching(/^evs_/),
  })
  const list = await world.run('api-key', 'list')
  expect(list.out).toContain('plans: papers, photos; paths: papers/**/*.json, papers/notes; from 2026-01-01')
  expect(list.out).toContain('of 50 MB')

  expect(
    (await world.run('api-key', 'limit', 'agent', '--bytes-per-hour', '1MB', '--json')).json(),
  ).toMatchObject({
    bytes_per_hour: 1_000_000,
    scope: { from: '2026-01-01' },
  })
  expect((await world.run('api-key', 'limit', 'agent', '--plan', 'photos', '--json')).json()).toMatchObject({
    scope: { plan_ids: [idOf('photos')], paths: null, from: null, to: null },
    bytes_per_hour: 1_000_000,
  })
  expect((await world.run('api-key', 'limit', 'agent', '--everything')).out).toContain('all data')

  const read = await world.run('api-key', 'add', 'monitor', '--role', 'read', '--json')
  expect(read.json()).toMatchObject({ scope: null, bytes_per_hour: null, used_bytes: null })
})

test('what cannot be meant is refused in words', SLOW, async () => {
  const add = (...more: string[]) => world.run('api-key', 'add', 'wrong', '--role', 'read-data', ...more)
  const unfit: readonly [readonly string[], number, string][] = [
    [['--path', '/etc'], 2, 'cannot be a path inside a backup'],
    [['--from', '2026-02-01', '--to', '2026-01-01'], 2, 'ends before it begins'],
    [['--from', 'monday'], 2, 'is no date'],
    [['--plan', 'nothing'], 1, 'no backup plan'],
    [['--bytes-per-hour', 'much'], 2, 'much'],
  ]
  for (const [words, status, text] of unfit) {
    const said = await add(...words)
    expect(said.status, said.err).toBe(status)
    expect(said.err).toContain(text)
  }
  const role = await world.run('api-key', 'add', 'wrong', '--role', 'admin', '--path', 'papers')
  expect(role).toMatchObject({ status: 2, err: expect.stringContaining('read-data only') })
  expect((await world.run('api-key', 'limit', 'agent')).status).toBe(2)
  expect((await world.run('api-key', 'limit', 'agent', '--everything', '--path', 'a')).status).toBe(2)
})

test('programs may read data once somebody says so, and the log says who did', SLOW, async () => {
  expect((await world.run('api', 'data', '--json')).json()).toEqual({ serve_data: false })
  expect((await world.run('api', 'data', 'on', '--json')).json()).toEqual({ serve_data: true })
  expect((await world.run('api', 'data')).out).toContain('may read data')
  expect((await world.run('api', 'data', 'off')).out).toContain('may not read data')
  const { out } = await world.run('log')
  expect(out).toMatch(/made an API key/)
  expect(out).toMatch(/changed what an API key may read/)
  expect(out).toMatch(/tried to make an API key/)
})
