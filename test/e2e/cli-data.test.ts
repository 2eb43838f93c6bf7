import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, type Said, SLOW } from './cli-run.ts'

let world: CliWorld
/** The oldest first. */
const ids: string[] = []
const EVENTS = 20_000

async function done(...args: string[]): Promise<Said> {
  const said = await world.run(...args)
  expect({ args, status: said.status, err: said.status === 0 ? '' : said.err }).toEqual({
    args,
    status: 0,
    err: '',
  })
  return said
}
const json = async (...args: string[]) => (await done(...args, '--json')).json() as unknown
const put = (path: string, content: string) => writeFile(world.path('work', ...path.split('/')), content)

beforeAll(async () => {
  world = await makeCliWorld()
  await mkdir(world.path('work', 'logs'))
  await put('table.csv', 'city,people\n"Paris\x1b[31m",2100000\nLyon,520000\n')
  await put('note.txt', 'Crème brûlée\nand coffee\n')
  await put('raw.bin', '\0\x01\x02')
  await put('logs/events.ndjson', Array.from({ length: EVENTS }, (_, at) => `{"at":${at}}\n`).join(''))
  await done('place', 'add', 'nas', '--type', 'local', '--path', 'nas')
  for (const [nth, eur] of [100, 100, 103].entries()) {
    await put('prices.json', nth === 1 ? '{"eur": ' : JSON.stringify({ eur, list: [{ id: 'a', n: nth }] }))
    const format = nth === 1 ? 'archive' : 'snapshot'
    ids.push(((await json('backup', 'work', '--format', format)) as { backup_id: string }).backup_id)
  }
}, SLOW.timeout)
afterAll(() => world.remove())

describe('data in backups at the command line', SLOW, () => {
  test('sources: the data in a backup by name', async () => {
    expect(await json('sources', 'latest')).toMatchObject({
      backup_id: ids[2],
      total: 3,
      sources: [
        { name: 'events', path: 'work/logs/events.ndjson', kind: 'ndjson' },
        { name: 'prices', path: 'work/prices.json', kind: 'json' },
        { name: 'table', path: 'work/table.csv', kind: 'csv' },
      ],
    })
    expect((await done('sources', ids[2]!)).out).toMatch(/prices +json/)
  })

  test('query: what a path selects, for people and for programs', async () => {
    expect((await done('query', 'prices', '$.list[*].n')).out).toMatch(/\/list\/0\/n +2/)
    expect(await json('query', 'prices', '$..n', '--backup', ids[0]!)).toEqual({
      backup_id: ids[0],
      timestamp: expect.stringMatching(/Z$/),
      path: 'prices',
      select: '$..n',
      truncated: false,
      matches: [{ path: 'work/prices.json', pointer: '/list/0/n', value: 0 }],
      unread: [],
    })
    expect((await done('query', 'work/prices.json', '$.nothing')).out).toContain('Nothing was found')
  })

  test('query: what a file holds cannot command a terminal', async () => {
    const { out } = await done('query', 'table', '$[*].city')
    expect(out).not.toContain('\x1b')
    expect(out).toContain('Lyon')
    expect((await done('cat', 'latest', 'table', '--as', 'csv')).out).not.toContain('\x1b')
  })

  test('query: where not all files could be read the status is 3, and says which', async () => {
    const said = await world.run('query', 'work/*.json', '$.eur', '--backup', ids[1]!, '--json')
    expect(said.status).toBe(3)
    expect(said.json()).toMatchObject({
      matches: [],
      unread: [{ path: 'work/prices.json', error: { code: 'data-unreadable' } }],
    })
    expect(said.err).toContain('work/prices.json')
  })

  test('query without a path: files by name, kind and date', async () => {
    const found = (await json('query', '--kind', 'csv', '--name', 'table*')) as { files: object[] }
    expect(found.files).toMatchObject([
      { path: 'work/table.csv', kind: 'csv', backup_id: ids[2], backups: 3 },
    ])
    expect((await done('query', '--modified-to', '2001-01-01')).out).toContain('No file')
    expect((await done('query', '--name', 'note', '--at', '2100-01-01')).out).toContain('work/note.txt')
  })

  test('series: figures, and where a backup could not be read status 3', async () => {
    const said = await world.run('series', 'prices', '/eur', '--json')
    expect(said.status).toBe(3)
    expect(said.json()).toMatchObject({
      path: 'prices',
      select: '/eur',
      truncated: false,
      points: [
        { backup_id: ids[0], state: 'found', value: 100, changed: false, error: null },
        { backup_id: ids[1], state: 'error', value: null, error: { code: 'data-unreadable' } },
        { backup_id: ids[2], state: 'found', value: 103, changed: true },
      ],
    })
    const shown = await world.run('series', 'prices', '$.eur')
    expect(shown.out).toContain('▁ █')
    expect(shown.out).toContain('from 100 to 103')
    expect((await done('series', 'work/note.txt', '--as', 'text')).out).toContain('Crème')
  })

  test('diff of one file: values, lines, or that it is the same', async () => {
    expect(await json('diff', ids[0]!, ids[2]!, 'work/prices.json')).toMatchObject({
      from: ids[0],
      to: ids[2],
      kind: 'json',
      equal: false,
      changes: [
        { change: 'changed', path: '/eur', before: 100, after: 103 },
        { change: 'changed', path: '/list/0/n', before: 0, after: 2 },
      ],
    })
    const { out } = await done('diff', ids[0]!, ids[2]!, 'work/prices.json', '--pointer', '/list')
    expect(out).toMatch(/^M \S*0\/n {2}0 → 2$/m)
    expect(out).not.toContain('eur')
    expect((await done('diff', ids[0]!, ids[2]!, 'work/note.txt')).out).toContain('the same')
    expect((await done('diff', ids[0]!, ids[2]!)).out).toContain('work/prices.json')
  })

  test('cat: a part of a value, records, a text; as one document, too', async () => {
    expect((await done('cat', 'latest', 'prices', '--select', '/eur')).out).toBe('103\n')
    const { out } = await done('cat', 'latest', 'events', '--as', 'ndjson')
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).at),
    ).toEqual(Array.from({ length: EVENTS }, (_, at) => at))
    expect((await done('cat', 'latest', 'work/note.txt', '--as', 'text')).out).toBe(
      'Crème brûlée\nand coffee\n',
    )
    expect(await json('cat', 'latest', 'events', '--as', 'ndjson')).toMatchObject({
      kind: 'ndjson',
      value: { length: EVENTS },
    })
    expect(await json('cat', 'latest', 'work/raw.bin', '--as', 'bytes')).toMatchObject({
      content_base64: 'AAEC',
    })
  })

  test('cat: a reader that has enough ends it', async () => {
    const { child, said } = world.start(['cat', 'latest', 'events', '--as', 'ndjson'])
    await once(child.stdout!, 'data')
    child.stdout!.destroy()
    expect((await said).status).toBe(0)
  })

  test('find --contents: the line a text stands on', async () => {
    expect(await json('find', 'BRÛLÉE', '--contents')).toMatchObject({
      truncated: false,
      hits: [{ path: 'work/note.txt', line: 1, backup_id: ids[2] }],
    })
    expect((await done('find', 'nowhere in it', '--contents', '--backup', ids[0]!)).out).toContain('No text')
  })

  test.each([
    [['query', '--as', 'json'], '--as'],
    [['query', 'prices', '--kind', 'csv'], '--kind'],
    [['query', 'prices', '--modified-from', '2026-01-01'], '--modified-from'],
    [['query', 'prices', '$['], 'SELECT'],
    [['query', 'nothing', '$'], 'PATH'],
    [['series'], 'path'],
    [['series', 'prices', '--limit', '0'], '--limit'],
    [['diff', 'latest', 'latest', '--pointer', '/a'], '--pointer'],
    [['cat', 'latest', 'prices', '--as', 'yaml'], '--as'],
    [['cat', 'latest', 'prices', '--select', '/none'], 'SELECT'],
    [['find', 'x', '--backup', 'latest'], '--backup'],
    [['sources', 'latest', '--limit', 'many'], '--limit'],
  ])('%j is wrong usage, which names %s', async (args, named) => {
    const { status, err, out } = await world.run(...args)
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toContain(named)
  })

  test('no such backup: status 1, in French, too', async () => {
    const said = await world.run('sources', 'nope', '--lang', 'fr')
    expect(said.status).toBe(1)
    expect(said.err).toContain('sauvegarde')
  })
})
