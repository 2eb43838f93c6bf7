import { expect, test } from 'vitest'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import { type Backup, backupOf } from '../../../main/hosts/library/backup.ts'
import { type Answer, fakeCalls } from './fake-calls.ts'

const FACTS = {
  id: 'b1',
  createdAt: '2026-01-01T00:00:00.000Z',
  format: 'snapshot',
  state: 'complete',
  files: 1,
  sizeBytes: 1,
  sources: ['/work'],
} as const
const place = (path: string, kind: string, sizeBytes = 1) => ({
  backupId: 'b1',
  createdAt: FACTS.createdAt,
  path,
  kind,
  sizeBytes,
  modifiedAt: FACTS.createdAt,
})

function backupThatReads(answer: Answer): { backup: Backup; asked: ReturnType<typeof fakeCalls>['asked'] } {
  const { call, asked } = fakeCalls({ 'data.read': answer })
  return { backup: backupOf(call, { ...FACTS, sources: [...FACTS.sources] }), asked }
}

/** A file of bytes, given in pieces as large as asked, at most of `pieceBytes`. */
const served = (path: string, bytes: Uint8Array, pieceBytes: number) =>
  backupThatReads(({ offset, length }: { offset: number; length: number }) => {
    const piece = bytes.subarray(offset, offset + Math.min(length, pieceBytes))
    const nextOffset = offset + piece.length
    return {
      ...place(path, 'bytes', bytes.length),
      base64: Buffer.from(piece).toString('base64'),
      ...(nextOffset < bytes.length && { nextOffset }),
    }
  })

test('JSON is its value, or the part that is selected', async () => {
  const { backup, asked } = backupThatReads(({ select }: { select?: string }) => ({
    ...place('a/prices.json', 'json'),
    value: select === '/eur' ? 1.5 : { eur: 1.5 },
  }))
  expect(await backup.data('prices')).toEqual({ eur: 1.5 })
  expect(await backup.data<number>('prices', { select: '/eur' })).toBe(1.5)
  expect(asked.map(({ input }) => [input.backup, input.path, input.select])).toEqual([
    ['b1', 'prices', undefined],
    ['b1', 'prices', '/eur'],
  ])
})

test('records come one by one, page after page, of the file that was found, and again from the start', async () => {
  const { backup, asked } = backupThatReads(({ offset }: { offset: number }) => ({
    ...place('logs/a.ndjson', 'ndjson'),
    value: [offset, offset + 1],
    ...(offset < 4 && { nextOffset: offset + 2 }),
  }))
  const records = await backup.data<number>('a', { as: 'ndjson' })
  expect(asked).toHaveLength(1)
  for await (const record of records) if (record === 1) break
  expect(asked).toHaveLength(1)
  expect(await Array.fromAsync(records)).toEqual([0, 1, 2, 3, 4, 5])
  expect(asked.slice(1).map(({ input }) => [input.path, input.offset])).toEqual([
    ['logs/a.ndjson', 2],
    ['logs/a.ndjson', 4],
  ])
})

test('text and bytes are put together whole', async () => {
  const text = backupThatReads(({ offset }: { offset: number }) => ({
    ...place('a.txt', 'text'),
    text: offset === 0 ? 'Grüß ' : 'Gott',
    ...(offset === 0 && { nextOffset: 6 }),
  }))
  expect(await text.backup.data('a.txt')).toBe('Grüß Gott')
  const bytes = Uint8Array.from({ length: 10_000 }, (_, at) => at % 251)
  const read = await served('a.bin', bytes, 999).backup.data('a.bin', { as: 'bytes' })
  expect(read).toBeInstanceOf(Uint8Array)
  expect(read).toEqual(bytes)
})

test('a value beyond one answer is read as text and parsed; what is no JSON then is said to be none', async () => {
  const large = (text: string) =>
    backupThatReads(({ as }: { as?: string }) => {
      if (as !== 'text') throw new EverstowError('data-too-large', { data: { path: 'big.json' } })
      return { ...place('big.json', 'text', text.length), text }
    }).backup
  expect(await large('\ufeff{"__proto__": {"x": 1}}').data('big')).toSatisfy(
    (value: object) => Object.keys(value).join() === '__proto__' && !('x' in value),
  )
  await expect(large('{"a": ').data('big')).rejects.toMatchObject({
    code: 'data-unreadable',
    data: { path: 'big.json', kind: 'json' },
  })
  await expect(large('[]').data('big', { select: '$..*' })).rejects.toMatchObject({ code: 'data-too-large' })
})

test('beyond 256 MiB a value is too large for a program, too, and is not read', async () => {
  const { backup, asked } = backupThatReads(({ as }: { as?: string }) => {
    if (as !== 'text') throw new EverstowError('data-too-large')
    return { ...place('big.json', 'text', 257 * 1024 * 1024), text: '[', nextOffset: 1 }
  })
  await expect(backup.data('big')).rejects.toMatchObject({ code: 'data-too-large' })
  expect(asked).toHaveLength(2)
})

test('a stream reads a piece when it is wanted, and none after that', async () => {
  const bytes = Uint8Array.from({ length: 5_000 }, (_, at) => at % 256)
  const { backup, asked } = served('a.bin', bytes, 1_000)
  const reader = backup.stream('a.bin').getReader()
  expect(asked).toHaveLength(0)
  expect((await reader.read()).value).toEqual(bytes.slice(0, 1_000))
  expect(asked).toHaveLength(1)
  await reader.cancel()
  expect(asked).toHaveLength(1)

  const whole = await Array.fromAsync(served('a.bin', bytes, 1_000).backup.stream('a.bin'))
  expect(Buffer.concat(whole)).toEqual(Buffer.from(bytes))
  expect(await Array.fromAsync(served('empty', new Uint8Array(), 1_000).backup.stream('empty'))).toEqual([])
})

test('a stream that nobody wants any more ends what it waits for', async () => {
  let ended = false
  const begun = Promise.withResolvers<void>()
  const { backup } = backupThatReads(
    (_input, signal) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          ended = true
          reject(new EverstowError('cancelled'))
        })
        begun.resolve()
      }),
  )
  const stop = new AbortController()
  const read = backup.stream('a.bin', { signal: stop.signal }).getReader().read()
  await begun.promise
  stop.abort()
  await expect(read).rejects.toMatchObject({ code: 'cancelled' })
  expect(ended).toBe(true)
})

test('data by name: nothing is read before it is asked for, and then once; names mean nothing to JavaScript', async () => {
  const names = ['prices', '__proto__', 'then', 'constructor']
  const reads: string[] = []
  const { call } = fakeCalls({
    'data.sources': ({ offset, limit }: { offset: number; limit: number }) => ({
      backupId: 'b1',
      createdAt: FACTS.createdAt,
      sources: names.slice(offset, offset + Math.min(limit, 3)).map((name) => ({
        name,
        path: `d/${name}.json`,
        kind: 'json',
        sizeBytes: 2,
        modifiedAt: FACTS.createdAt,
      })),
      total: names.length,
    }),
    'data.read': ({ path }: { path: string }) => {
      reads.push(path)
      if (path === 'd/then.json') throw new EverstowError('data-unreadable')
      return { ...place(path, 'json'), value: { of: path } }
    },
  })
  const backup = backupOf(call, { ...FACTS, sources: [] })
  const sources = await backup.dataSources()
  expect([...sources.keys()]).toEqual(names)
  expect(reads).toEqual([])
  expect(sources.get('prices')?.kind).toBe('json')
  expect(await sources.get('prices')?.read()).toEqual({ of: 'd/prices.json' })

  const data = await backup.data_sources()
  expect(Object.keys(data)).toEqual(names)
  reads.length = 0
  const named = (name: string) => data[name]
  expect(await named('__proto__')).toEqual({ of: 'd/__proto__.json' })
  expect(await data.constructor).toEqual(await data.constructor)
  expect(reads).toEqual(['d/__proto__.json', 'd/constructor.json'])
  expect('toString' in data).toBe(false)
})
