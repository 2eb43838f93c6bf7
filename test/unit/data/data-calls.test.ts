import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ground, layGround } from '../app-ground.ts'

let ground: Ground
/** Two archives and two snapshots, the oldest first: prices grow by 1 from each to the next. */
const ids: string[] = []
const call: Ground['client']['call'] = (name, input, options) => ground.client.call(name, input, options)

function put(path: string, content: string | Buffer): void {
  const full = join(ground.source, path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, content)
}

const items = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: at, name: `item ${at}`, price: at * 2 }))

beforeAll(async () => {
  ground = await layGround()
  await ground.addPlace('one')
  for (const [nth, format] of (['archive', 'snapshot', 'archive', 'snapshot'] as const).entries()) {
    put('prices.json', JSON.stringify({ eur: nth + 1, items: items(3 + nth), 'a/b~c': [true, null] }))
    put('same.json', '{"never":"changes"}')
    put(
      'log.ndjson',
      items(5 + nth)
        .map((item) => `${JSON.stringify(item)}\n`)
        .join(''),
    )
    put('table.csv', `id;name;note\n1;one;"a;\nb"\n2;two;${nth}\n`)
    put('deep/er/table.csv', 'a,b\n1,2\n')
    put('notes', nth === 0 ? 'Grüße\nan ALLE\n' : 'Grüße\nneu\nan ALLE\n')
    put('unnamed', `{"n": ${nth}}`)
    put('raw.bin', Buffer.from([0, 1, 2, 3, nth]))
    if (nth === 0) execFileSync('ln', [join(ground.source, 'same.json'), join(ground.source, 'also.json')])
    if (nth === 2) rmSync(join(ground.source, 'unnamed'))
    const run = await ground.done(call('backup.start', { paths: [ground.source], format }))
    expect(run.state).toBe('done')
    ids.push(run.backup!.id)
  }
})
afterAll(() => ground.close())

describe('backups', () => {
  it('are listed, found by the beginning of an id, by time, and by what they are of', async () => {
    const { backups, total } = await call('data.backups', {})
    expect(backups.map(({ id }) => id)).toEqual([...ids].reverse())
    expect(total).toBe(4)
    const [archives] = [await call('data.backups', { format: 'archive', limit: 1 })]
    expect(archives).toMatchObject({ backups: [{ id: ids[2], format: 'archive' }], total: 2 })
    expect((await call('data.backups', { source: 'nowhere' })).total).toBe(0)
    const at = backups.find(({ id }) => id === ids[1])!.createdAt
    const read = (which: object) =>
      call('data.read', { path: 'source/prices.json', select: '/eur', ...which })
    expect(await read({})).toMatchObject({ backupId: ids[3], value: 4 })
    expect(await read({ backup: ids[0] })).toMatchObject({ value: 1 })
    expect((await read({ at })).createdAt <= at).toBe(true)
    await expect(read({ at: '2020-01-01' })).rejects.toMatchObject({ code: 'unknown-backup' })
    await expect(read({ backup: 'unified_backup' })).rejects.toMatchObject({ code: 'name-ambiguous' })
    await expect(read({ backup: 'nothing' })).rejects.toMatchObject({ code: 'unknown-backup' })
  })
})

describe.each([
  ['archive', 0],
  ['snapshot', 1],
] as const)('of %ss', (_, nth) => {
  const backup = () => ids[nth]!

  it('the data is named', async () => {
    const { sources } = await call('data.sources', { backup: backup() })
    expect(sources.map(({ name, path, kind }) => [name, path, kind])).toEqual([
      ['also', 'source/also.json', 'json'],
      ['er/table', 'source/deep/er/table.csv', 'csv'],
      ['log', 'source/log.ndjson', 'ndjson'],
      ['prices', 'source/prices.json', 'json'],
      ['same', 'source/same.json', 'json'],
      ['source/table', 'source/table.csv', 'csv'],
    ])
    expect(
      await call('data.read', { backup: backup(), path: 'prices', select: '$.items[1].name' }),
    ).toMatchObject({
      path: 'source/prices.json',
      value: 'item 1',
    })
    await expect(call('data.read', { backup: backup(), path: 'table' })).rejects.toMatchObject({
      code: 'name-ambiguous',
    })
  })

  it('files are found by place, name, kind and time', async () => {
    const files = async (asked: object) =>
      (await call('data.files', { backup: backup(), ...asked })).files.map(({ path }) => path)
    expect(await files({ folder: 'source/deep' })).toEqual(['source/deep/er/table.csv'])
    expect(await files({ name: '*.CSV' })).toEqual(['source/deep/er/table.csv', 'source/table.csv'])
    expect(await files({ name: 'source/*.csv' })).toEqual(['source/table.csv'])
    expect(await files({ name: 'rice' })).toEqual(['source/prices.json'])
    expect(await files({ kind: 'ndjson' })).toEqual(['source/log.ndjson'])
    expect(await files({ modifiedTo: '2020-01-01' })).toEqual([])
    await expect(files({ folder: 'source/no' })).rejects.toMatchObject({ data: { reason: 'not-there' } })
  })

  it('a value is seen level by level', async () => {
    const outline = await call('data.outline', { backup: backup(), path: 'prices', pointer: '' })
    expect(outline.node).toEqual({ pointer: '', type: 'object', length: 3 })
    expect(outline.members[2]).toEqual({ pointer: '/a~1b~0c', key: 'a/b~c', type: 'array', length: 2 })
    const deeper = await call('data.outline', { backup: backup(), path: 'prices', pointer: '/a~1b~0c' })
    expect(deeper.members.map(({ type, preview }) => [type, preview])).toEqual([
      ['boolean', true],
      ['null', null],
    ])
    const rest = await call('data.outline', { backup: backup(), path: 'prices', offset: 1, limit: 1 })
    expect(rest.members).toEqual([outline.members[1]])
    expect(rest.truncated).toBe(true)
    await expect(
      call('data.outline', { backup: backup(), path: 'prices', pointer: '/no' }),
    ).rejects.toMatchObject({ code: 'invalid-input', data: { reason: 'not-there' } })
  })

  it('records, letters and bytes are read piece by piece', async () => {
    const read = (path: string, asked: object = {}) => call('data.read', { backup: backup(), path, ...asked })
    expect(await read('log', { offset: 1, length: 2 })).toMatchObject({
      kind: 'ndjson',
      value: [{ id: 1 }, { id: 2 }],
      nextOffset: 3,
    })
    expect(await read('source/table', {})).toMatchObject({
      value: [
        { id: '1', name: 'one', note: 'a;\nb' },
        { id: '2', name: 'two', note: String(nth) },
      ],
      total: 2,
    })
    const whole = nth === 0 ? 'Grüße\nan ALLE\n' : 'Grüße\nneu\nan ALLE\n'
    let text = ''
    for (let offset: number | undefined = 0; offset !== undefined; ) {
      const piece: { text?: string; nextOffset?: number } = await read('source/notes', { offset, length: 1 })
      text += piece.text
      offset = piece.nextOffset
    }
    expect(text).toBe(whole)
    expect(await read('source/unnamed')).toMatchObject({ kind: 'json', value: { n: nth } })
    expect(await read('source/unnamed', { as: 'text' })).toMatchObject({
      kind: 'text',
      text: `{"n": ${nth}}`,
    })
    expect(await read('source/raw.bin', { offset: 1, length: 3 })).toMatchObject({
      base64: 'AQID',
      nextOffset: 4,
    })
    expect(await read('source/also.json')).toMatchObject({ value: { never: 'changes' } })
  })

  it('is queried file by file', async () => {
    const query = (path: string, select: string, asked: object = {}) =>
      call('data.query', { backup: backup(), path, select, ...asked })
    expect(await query('prices', '$.items[?@.price > 1].name')).toMatchObject({
      matches: [
        { pointer: '/items/1/name', value: 'item 1' },
        { pointer: '/items/2/name', value: 'item 2' },
        ...(nth === 1 ? [{ pointer: '/items/3/name' }] : []),
      ],
      truncated: false,
    })
    const all = await query('**/*', '$[0]')
    expect(all.matches.map(({ path }) => path)).toEqual([
      'source/deep/er/table.csv',
      'source/log.ndjson',
      'source/table.csv',
    ])
    expect(await query('*.json', '$.*', { limit: 1 })).toMatchObject({ truncated: true })
    await expect(query('prices', '$[')).rejects.toMatchObject({ code: 'invalid-input' })
  })

  it('contents are searched', async () => {
    const search = (text: string) => call('data.search', { text, in: 'contents', backup: backup() })
    expect((await search('alle')).hits).toMatchObject([
      { path: 'source/notes', line: nth === 0 ? 2 : 3, excerpt: 'an ALLE' },
    ])
    expect((await search('GRÜSSE')).hits).toEqual([])
    expect((await search('GRÜẞE')).hits).toMatchObject([{ path: 'source/notes', line: 1 }])
  })
})

describe('over all backups', () => {
  it('a value is followed', async () => {
    const { points } = await call('data.series', { path: 'source/prices.json', select: '/eur' })
    expect(points.map(({ value, state, changed }) => [value, state, changed])).toEqual([
      [1, 'found', false],
      [2, 'found', true],
      [3, 'found', true],
      [4, 'found', true],
    ])
    const once = await call('data.series', { path: 'same', select: '/never', changesOnly: true })
    expect(once.points).toMatchObject([{ backupId: ids[0], value: 'changes' }])
    const { points: gone } = await call('data.series', { path: 'source/unnamed', select: '/n' })
    expect(gone.map(({ value, state }) => value ?? state)).toEqual([0, 1, 'missing', 3])
    const { points: broken } = await call('data.series', { path: 'source/raw.bin' })
    expect(broken.map(({ code }) => code)).toEqual(Array(4).fill('data-unreadable'))
    expect(await call('data.series', { path: 'prices', select: '/eur', limit: 1 })).toMatchObject({
      points: [{ value: 4 }],
      truncated: true,
    })
  })

  it('versions and files are told once', async () => {
    const { versions } = await call('data.versions', { path: 'source/notes' })
    expect(versions).toMatchObject([
      { backupId: ids[3], backups: 3 },
      { backupId: ids[0], backups: 1 },
    ])
    await expect(call('data.versions', { path: 'source/nothing' })).rejects.toMatchObject({
      code: 'invalid-input',
    })
    const { files } = await call('data.files', { name: '*.bin' })
    expect(files).toHaveLength(4)
    const { hits } = await call('data.search', { text: 'RICE' })
    expect(new Set(hits.map(({ path }) => path))).toEqual(new Set(['source/prices.json']))
  })

  it('what changed is told by what it means', async () => {
    const diff = (path: string, asked: object = {}) =>
      call('data.diff', { from: ids[0]!, to: ids[3]!, path, ...asked })
    const prices = await diff('prices')
    expect(prices).toMatchObject({ kind: 'json', equal: false, added: 3, changed: 1, removed: 0 })
    expect(prices.changes[0]).toEqual({ change: 'changed', path: '/eur', before: 1, after: 4 })
    expect(await diff('same')).toMatchObject({ equal: true, changes: [] })
    expect((await diff('source/notes')).changes).toEqual([{ change: 'added', path: '2', after: 'neu' }])
    expect((await diff('source/table')).changes).toEqual([
      { change: 'changed', path: '/1/note', before: '0', after: '3' },
    ])
    expect(await diff('source/raw.bin')).toMatchObject({ kind: 'bytes', equal: false, changes: [] })
    expect(await diff('prices', { pointer: '/a~1b~0c' })).toMatchObject({ equal: true })
  })

  it('their status is told', async () => {
    expect(await call('data.status', {})).toMatchObject({ level: 'protected', backups: 4 })
    const { bytes } = await call('data.cache', {})
    expect(bytes).toBeGreaterThan(0)
    expect(await call('data.clearCache', {})).toEqual({ bytes })
    expect(await call('data.cache', {})).toMatchObject({ bytes: 0 })
  })
})
