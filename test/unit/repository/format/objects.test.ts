import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeIdList, encodeIdList } from '../../../../main/engine/repository/format/id-list.ts'
import {
  ckptKey,
  finderKey,
  indexKey,
  listKey,
  logKey,
  packKey,
  parseObjectKey,
  REPO_JSON_KEY,
  slotKey,
  snapKey,
} from '../../../../main/engine/repository/format/keys-of-objects.ts'
import {
  decodeRecord,
  encodeRecord,
  type LogRecord,
  NO_RECORD_HASH,
  peekRecord,
  recordHash,
} from '../../../../main/engine/repository/format/log-record.ts'
import {
  createRepoDescription,
  encodeRepoJson,
  parseRepoJson,
} from '../../../../main/engine/repository/format/repo-json.ts'
import { openObject, sealObject } from '../../../../main/engine/repository/format/sealed-object.ts'
import {
  decodeSnapshotRoot,
  encodeSnapshotRoot,
  type SnapshotRoot,
} from '../../../../main/engine/repository/format/snapshot-root.ts'
import {
  DEST,
  DEVICE,
  fixedDevice,
  fixedKeys,
  fixedRandom,
  fixedRoot,
} from '../../../formats/repository-objects.ts'

const keys = fixedKeys()
const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)), float: () => 0 }
const damaged = expect.objectContaining({ code: 'data-damaged' })

describe('sealed objects', () => {
  test('any content is read back under the hash of its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('index', 'snap', 'list', 'ckpt'), (plain, type) => {
        const { id, bytes } = sealObject(keys, type, plain, random)
        expect(id).toBe(recordHash(bytes))
        expect(Buffer.from(openObject(keys, type, bytes, id)).equals(plain)).toBe(true)
      }),
    )
  })

  test('nonces come from the randomness: the same content is sealed to other bytes each time', () => {
    const ids = new Set(
      Array.from({ length: 1000 }, () => sealObject(keys, 'snap', Buffer.from('x'), random).id),
    )
    expect(ids.size).toBe(1000)
  })

  test('what an earlier epoch sealed opens after a rotation', () => {
    const { bytes } = sealObject(fixedKeys(1), 'snap', Buffer.from('old'), random)
    expect(Buffer.from(openObject(fixedKeys(3), 'snap', bytes)).toString()).toBe('old')
  })
})

describe('snapshot roots', () => {
  test('are read back; the order of fields is that of the format, whatever the caller had', () => {
    const root = fixedRoot()
    const turned = Object.fromEntries(Object.entries(root).reverse()) as SnapshotRoot
    expect(encodeSnapshotRoot(turned)).toEqual(encodeSnapshotRoot(root))
    expect(decodeSnapshotRoot(encodeSnapshotRoot(root))).toEqual(root)
  })

  test.each([
    ['not JSON', '{'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['null', 'null'],
    ['nothing but a prototype', '{"__proto__":{"version":1}}'],
    ['another version', JSON.stringify({ ...fixedRoot(), version: 2 })],
    ['a short tree id', JSON.stringify({ ...fixedRoot(), tree: 'ab' })],
    ['a negative count', JSON.stringify({ ...fixedRoot(), skippedCount: -1 })],
    ['a fraction', JSON.stringify({ ...fixedRoot(), skippedCount: 0.5 })],
    ['a time that is none', JSON.stringify({ ...fixedRoot(), time: 'yesterday' })],
    ['deep nesting', `{"version":${'['.repeat(100_000)}`],
  ])('%s is damage', (_, text) => {
    expect(() => decodeSnapshotRoot(Buffer.from(text))).toThrow(damaged)
  })

  test('a prototype in the JSON goes nowhere', () => {
    const text = JSON.stringify(fixedRoot()).replace('{', '{"__proto__":{"isAdmin":true},')
    const root = decodeSnapshotRoot(Buffer.from(text))
    expect(root).toEqual(fixedRoot())
    expect(Object.getPrototypeOf(root)).toBe(Object.prototype)
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })
})

test('lists of ids are read back; anything else is damage', () => {
  const ids = ['aa', 'bb'].map((byte) => byte.repeat(32))
  expect(decodeIdList(encodeIdList(ids))).toEqual(ids)
  expect(decodeIdList(encodeIdList([]))).toEqual([])
  for (const text of ['{}', '["aa"]', '[1]', `["${'AA'.repeat(32)}"]`, '[', `["${'aa'.repeat(32)}",]`])
    expect(() => decodeIdList(Buffer.from(text))).toThrow(damaged)
})

test('repo.json is read back and is the same bytes again', () => {
  const description = createRepoDescription(fixedRandom('repository'), 1_790_000_000_000)
  const bytes = encodeRepoJson(description)
  expect(parseRepoJson(bytes)).toEqual(description)
  expect(encodeRepoJson(parseRepoJson(bytes))).toEqual(bytes)
  expect(description.id).toMatch(/^[0-9a-f]{32}$/)
  expect(Buffer.from(bytes).toString()).toBe(
    `{"format":"everstow-repository","version":1,"id":"${description.id}","created":"2026-09-21T14:13:20.000Z",` +
      '"mandatory":[],"optional":[],"chunker":{"kind":"gear","min":262144,"average":1048576,"max":4194304}}',
  )
})

describe('log records', () => {
  const device = fixedDevice()
  const publicKeyOf = (id: string) => (id === DEVICE ? device.publicKey : undefined)
  const record: LogRecord = {
    pos: 3,
    prev: 'ab'.repeat(32),
    rid: '01'.repeat(16),
    device: DEVICE,
    type: 'begin',
    at: '2026-09-21T10:15:01.000Z',
    seen: [],
    body: { purpose: 'backup' },
  }
  const encode = (change: Partial<LogRecord> = {}) =>
    encodeRecord(keys, DEST, { ...record, ...change }, device, random)

  test('are read back with whatever body', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat({ max: 2 ** 40 }), (body, pos) => {
        const expected = { ...record, pos: pos + 1, body }
        const bytes = encodeRecord(keys, DEST, expected, device, random)
        expect(JSON.stringify(decodeRecord(keys, DEST, pos + 1, bytes, publicKeyOf))).toBe(
          JSON.stringify(expected),
        )
      }),
      { numRuns: 100 },
    )
  })

  test('may be looked into before anyone is believed: the seal must hold, the signature need not', () => {
    const bytes = Buffer.from(encode())
    bytes.fill(0, bytes.length - 64)
    expect(peekRecord(keys, 3, bytes)).toEqual(record)
    expect(peekRecord(keys, 4, bytes)).toBeUndefined()
    expect(peekRecord(keys, 3, bytes.subarray(1))).toBeUndefined()
    bytes[40]! ^= 1
    expect(peekRecord(keys, 3, bytes)).toBeUndefined()
    expect(() => peekRecord(fixedKeys(1), 3, encode())).toThrow(
      expect.objectContaining({ code: 'key-missing' }),
    )
  })

  test('an introduction is signed with the key it brings', () => {
    const publicKey = Buffer.from(device.publicKey).toString('hex')
    const body = { device: { id: DEVICE, name: 'laptop', publicKey } }
    const bytes = encode({ type: 'device+', body })
    expect(decodeRecord(keys, DEST, 3, bytes, () => undefined).body).toEqual(body)
    const wrong = encode({
      type: 'device+',
      body: { device: { ...body.device, publicKey: '00'.repeat(32) } },
    })
    expect(() => decodeRecord(keys, DEST, 3, wrong, publicKeyOf)).toThrow(
      expect.objectContaining({ code: 'log-damaged' }),
    )
  })

  test.each([
    ['another device', { device: 'ff'.repeat(16) }],
    ['a genesis that is not the first', { type: 'genesis' }],
    ['a first that is no genesis', { pos: 0, prev: NO_RECORD_HASH }],
    ['no record before', { prev: NO_RECORD_HASH }],
    ['a body of more than 64 KiB', { body: { text: 'x'.repeat(70_000) } }],
    ['an id that is none', { rid: 'xyz' }],
  ])('%s is not written', (_, change) => {
    expect(() => encode(change)).toThrow(expect.objectContaining({ code: 'internal' }))
  })

  test('the largest record that fits is read back', () => {
    const bytes = encode({ body: { text: 'x'.repeat(65_000) } })
    expect(bytes.length).toBeGreaterThan(65_000)
    expect(decodeRecord(keys, DEST, 3, bytes, publicKeyOf).body).toEqual({ text: 'x'.repeat(65_000) })
  })
})

describe('keys of objects', () => {
  const id = '0123456789abcdef'.repeat(4)

  test('are read back as what they name', () => {
    expect(parseObjectKey(packKey(id, 12))).toEqual({ type: 'pack', id, b: 12 })
    expect(parseObjectKey(indexKey(id, 0))).toEqual({ type: 'index', id, b: 0 })
    expect(parseObjectKey(finderKey(id, 3))).toEqual({ type: 'find', id, b: 3 })
    expect(parseObjectKey(snapKey(id, 7))).toEqual({ type: 'snap', id, b: 7 })
    expect(parseObjectKey(listKey(id, 7))).toEqual({ type: 'list', id, b: 7 })
    expect(parseObjectKey(logKey(42))).toEqual({ type: 'log', pos: 42 })
    expect(parseObjectKey(ckptKey(256))).toEqual({ type: 'ckpt', pos: 256 })
    expect(parseObjectKey(slotKey('0123456789abcdef'))).toEqual({ type: 'slot', id: '0123456789abcdef' })
    expect(parseObjectKey(REPO_JSON_KEY)).toEqual({ type: 'repo' })
    expect(packKey(id, 12)).toBe(`data/01/${id}.12`)
    expect(logKey(42)).toBe('log/000000000042')
  })

  test.each([
    '',
    'data',
    `data/${id}.1`,
    `data/02/${id}.1`,
    `data/01/${id}`,
    `data/01/${id}.`,
    `data/01/${id}.01`,
    `data/01/${id}.-1`,
    `data/01/${id}.1 `,
    `data/01/${id}.1\n`,
    `data/01/${id.toUpperCase()}.1`,
    `x/data/01/${id}.1`,
    `index/01/${id}.1`,
    `snap/${id.slice(1)}.1`,
    'log/42',
    'log/0000000000042',
    'keys/0123',
    '.tmp-1',
    'repo.json.bak',
  ])('%j names nothing', (key) => {
    expect(parseObjectKey(key)).toBeUndefined()
  })
})
