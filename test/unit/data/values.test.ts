import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { doJob } from '../../../main/engine/access/data/jobs/do-job.ts'
import type { DataJob } from '../../../main/engine/access/data/jobs/job.ts'
import type { JsonValue } from '../../../main/engine/access/data/values/json.ts'
import { namesOfPointer, pointerOf, valueAt } from '../../../main/engine/access/data/values/pointer.ts'
import { delimiterOf, uniqueNames } from '../../../main/engine/access/data/values/records.ts'

/** Content in pieces of a few bytes. */
async function* inPieces(content: string | Uint8Array, size = 3): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const done = async (job: DataJob, content: string | Uint8Array, size?: number) =>
  JSON.parse(await doJob(job, [inPieces(content, size)]))
const select = (
  content: string | Uint8Array,
  selector = '',
  kind: DataJob & { op: 'select' } extends { kind: infer K } ? K : never = 'json',
) => done({ op: 'select', kind, select: selector }, content)
const records = (content: string | Uint8Array, kind: 'csv' | 'ndjson', asked: object = {}) =>
  done({ op: 'records', kind, offset: 0, length: 100, maxBytes: 1_000_000, ...asked }, content)

describe('JSON', () => {
  it('is understood with a mark at its beginning, and in UTF-16', async () => {
    const text = '\uFEFF{"a":"é😀"}'
    const bigEndian = Buffer.from(text, 'utf16le').swap16()
    for (const content of [text, Buffer.from(text, 'utf16le'), bigEndian])
      expect(await select(content, '/a')).toEqual({ found: true, value: 'é😀' })
  })

  it.each([
    ['{"a":1', 'syntax', 1],
    ['{\n"a":1,\n"b":}', 'syntax', 3],
    ['[NaN]', 'syntax', 1],
    ['', 'syntax', 1],
    ['[1,]', 'syntax', 1],
    ['['.repeat(100_000), 'depth', undefined],
    ['{"a":'.repeat(100_000), 'depth', undefined],
    [`${'['.repeat(513)}${']'.repeat(513)}`, 'depth', undefined],
    [Buffer.from('{"a":"\xe9"}', 'latin1'), 'encoding', undefined],
  ])('is refused where it is none (%#)', async (content, reason, line) => {
    const error = await select(content).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'data-unreadable', data: { kind: 'json', reason } })
    expect((error as { data: { line?: number } }).data.line).toBe(line)
  })

  it('is deep, but not too deep, and brackets in texts are letters', async () => {
    expect(await select(`${'['.repeat(512)}7${']'.repeat(512)}`, '/0'.repeat(512))).toEqual({
      found: true,
      value: 7,
    })
    expect(await select(`["${'['.repeat(600)}\\"${'['.repeat(600)}", "\\\\", 5]`, '/2')).toMatchObject({
      value: 5,
    })
  })

  it('has names of its own only', async () => {
    const content = '{"__proto__":{"x":1},"constructor":{"prototype":3},"a":1,"a":2}'
    expect(await select(content, '/__proto__/x')).toEqual({ found: true, value: 1 })
    expect(await select(content, '$.__proto__.x')).toEqual({ found: true, value: 1 })
    expect(await select(content, '$.constructor.prototype')).toEqual({ found: true, value: 3 })
    expect(await select(content, '/a')).toEqual({ found: true, value: 2 })
    expect(Object.keys((await select(content)).value)).toEqual(['__proto__', 'constructor', 'a'])
    for (const selector of [
      '/__proto__',
      '/constructor',
      '/toString',
      '$.__proto__',
      '$.constructor',
      '$..toString',
    ])
      expect(await select('{}', selector)).toEqual({ found: false })
    for (const selector of ['/length', '/-', '/00', '/1e0', '/-1', '$.length'])
      expect(await select('[1,2]', selector)).toEqual({ found: false })
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  })

  it('has numbers as near as doubles come, and lone surrogates', async () => {
    expect((await select('[9007199254740993, 1e999, 1e-999, "\\ud800"]')).value).toEqual([
      9007199254740992,
      null,
      0,
      '\ud800',
    ])
  })
})

describe('a selector', () => {
  const shop = '{"items":[{"n":"a","p":1},{"n":"b","p":3}],"a/b":{"~":0}}'
  it.each([
    ['$.items[*].n', ['a', 'b']],
    ['$.items[?@.p > 2].n', 'b'],
    ['$.items[-1].p', 3],
    ['$..p', [1, 3]],
    ['$["a/b"]["~"]', 0],
    ['/a~1b/~0', 0],
    ['/items/1/n', 'b'],
  ])('%s finds %j', async (selector, value) => {
    expect(await select(shop, selector)).toEqual({ found: true, value })
  })

  it.each(['items', '$.', '$[', '/~2', '/~', '$[?match(@)]', 'a/b'])('%s is none', async (selector) => {
    await expect(select(shop, selector)).rejects.toMatchObject({
      code: 'invalid-input',
      data: { field: 'select', reason: 'select-syntax' },
    })
  })

  it('tells where it found something', async () => {
    const job = { op: 'matches', kind: 'json', select: '$..["~","p"]', limit: 2, maxBytes: 1_000 } as const
    expect(await done(job, shop)).toEqual({
      matches: [
        { pointer: '/items/0/p', value: 1 },
        { pointer: '/items/1/p', value: 3 },
      ],
      truncated: true,
    })
    expect((await done({ ...job, limit: 3 }, shop)).matches[2]).toEqual({ pointer: '/a~1b/~0', value: 0 })
    expect(await done({ ...job, maxBytes: 10 }, shop)).toEqual({ matches: [], truncated: true })
  })

  it('leads there and back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.integer(), (names, leaf) => {
        const pointer = pointerOf(names)
        expect(namesOfPointer(pointer)).toEqual(names)
        const value = names.reduceRight<JsonValue>((inner, name) => ({ [name]: inner }), leaf)
        if (!names.includes('__proto__')) expect(valueAt(value, pointer)).toBe(leaf)
      }),
    )
  })
})

describe('records', () => {
  it('of lines are named by their number where they are broken', async () => {
    expect(await records('{"a":1}\r\n\n[2]\n3', 'ndjson')).toEqual({ records: [{ a: 1 }, [2], 3], total: 3 })
    await expect(records('{"a":1}\n\n{"a":\n', 'ndjson')).rejects.toMatchObject({
      code: 'data-unreadable',
      data: { kind: 'ndjson', reason: 'syntax', line: 3 },
    })
    await expect(records(`1\n${'['.repeat(1_000)}`, 'ndjson')).rejects.toMatchObject({
      data: { reason: 'depth', line: 2 },
    })
  })

  it('are given piece by piece, as far as there is room', async () => {
    const lines = Array.from({ length: 10 }, (_, at) => `{"n":${at}}\n`).join('')
    expect(await records(lines, 'ndjson', { offset: 3, length: 2 })).toEqual({
      records: [{ n: 3 }, { n: 4 }],
      next: 5,
    })
    expect(await records(lines, 'ndjson', { offset: 8, length: 2 })).toEqual({
      records: [{ n: 8 }, { n: 9 }],
      total: 10,
    })
    expect(await records(lines, 'ndjson', { offset: 20 })).toEqual({ records: [], total: 10 })
    expect(await records(lines, 'ndjson', { maxBytes: 20 })).toEqual({
      records: [{ n: 0 }, { n: 1 }],
      next: 2,
    })
    await expect(records(lines, 'ndjson', { maxBytes: 5 })).rejects.toMatchObject({ code: 'data-too-large' })
  })

  it('of tables may hold marks and line ends, be ragged, and have names twice or none', async () => {
    const table = '\uFEFFid,id,,"x\ny",__proto__\r\n1,"a ""b""",c\n2,,,,5,6,7\n\n5" disk,"é, ü"\n'
    const found = await records(table, 'csv')
    expect(found.total).toBe(3)
    expect(Object.entries(found.records[0])).toEqual([
      ['id', '1'],
      ['id_2', 'a "b"'],
      ['column3', 'c'],
    ])
    expect(Object.entries(found.records[1]).slice(3)).toEqual([
      ['x\ny', ''],
      ['__proto__', '5'],
      ['column6', '6'],
      ['column7', '7'],
    ])
    expect(found.records[2]).toEqual({ id: '5" disk', id_2: 'é, ü' })
    expect(await records('a;b\n1;2,5\n', 'csv')).toMatchObject({ records: [{ a: '1', b: '2,5' }] })
    expect(await records('a\tb\n1\t2;5\n', 'csv')).toMatchObject({ records: [{ a: '1', b: '2;5' }] })
    expect(await records('only\n', 'csv')).toEqual({ records: [], total: 0 })
    expect(await records('', 'csv')).toEqual({ records: [], total: 0 })
  })

  it('of tables are refused where a quote never ends, or a field is without measure', async () => {
    await expect(records('a,b\n1,"2\n3,4\n', 'csv')).rejects.toMatchObject({
      code: 'data-unreadable',
      data: { kind: 'csv', reason: 'columns' },
    })
    async function* endless(beginning: string): AsyncGenerator<Uint8Array> {
      yield Buffer.from(beginning)
      for (let piece = 0; piece < 100; piece++) yield Buffer.alloc(1_048_576, 'x')
    }
    const job = { op: 'records', kind: 'csv', offset: 0, length: 1, maxBytes: 100 } as const
    await expect(doJob(job, [endless('a,b\n"')])).rejects.toMatchObject({ code: 'data-too-large' })
    await expect(doJob({ ...job, kind: 'ndjson' }, [endless('"')])).rejects.toMatchObject({
      code: 'data-too-large',
    })
  })

  it('have columns that are told apart', () => {
    expect(uniqueNames(['a', 'a', 'a_2', '', 'column4', 'a'])).toEqual([
      'a',
      'a_3',
      'a_2',
      'column4_2',
      'column4',
      'a_4',
    ])
    expect(delimiterOf('"a,b,c,d";"e"\n,,,')).toBe(';')
    expect(delimiterOf('one')).toBe(',')
  })

  it('are one list for a selector', async () => {
    expect(await select('a,b\n1,2\n3,4\n', '$[?@.a == "3"].b', 'csv')).toEqual({ found: true, value: '4' })
    expect(await select('{"a":1}\n{"a":2}\n', '/1/a', 'ndjson')).toEqual({ found: true, value: 2 })
  })
})

describe('one value', () => {
  it('is no larger than what can be held', async () => {
    async function* gigabyte(): AsyncGenerator<Uint8Array> {
      const piece = Buffer.alloc(16 * 1_048_576, ' ')
      for (let count = 0; count < 64; count++) yield piece
    }
    await expect(doJob({ op: 'select', kind: 'json', select: '' }, [gigabyte()])).rejects.toMatchObject({
      code: 'data-too-large',
    })
  })

  it('is not given in parts where it is too large to be answered', async () => {
    const text = JSON.stringify(['x'.repeat(5_000_000)])
    const job = { op: 'select', kind: 'json', select: '' } as const
    await expect(done(job, text, 1_000_000)).rejects.toMatchObject({ code: 'data-too-large' })
  })
})

describe('texts', () => {
  it('are found in lines, whatever their case', async () => {
    const text = `first\nThe ÄPFEL are ${'here '.repeat(50)}\n`
    const found = await done({ op: 'find-text', text: 'äpfel ARE', limit: 5 }, text)
    expect(found).toEqual([{ line: 2, excerpt: expect.stringMatching(/^The ÄPFEL are here .*…$/) }])
    expect(await done({ op: 'find-text', text: 'e', limit: 1 }, 'e\ne\n')).toEqual([
      { line: 1, excerpt: 'e' },
    ])
  })
})
