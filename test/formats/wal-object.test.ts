import { describe, expect, test } from 'vitest'
import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { hasCode } from '../../main/engine/model/errors.ts'
import { createRepoKeys } from '../../main/engine/repository/crypto/repo-keys.ts'
import { parseObjectKey } from '../../main/engine/repository/format/keys-of-objects.ts'
import {
  besideOf,
  openWal,
  openWalHead,
  ownerOfBeside,
  sealWal,
  walHeadBytes,
  walKey,
} from '../../main/engine/repository/format/wal-object.ts'
import { readSegment } from '../../main/engine/sources/postgres/wal/read-segment.ts'
import { recordEvent } from '../../main/engine/sources/postgres/wal/record-event.ts'

const keys = createRepoKeys(new Uint8Array(16).fill(7), {
  epochs: [{ epoch: 1, key: new Uint8Array(32).fill(9) }],
})
const random = createFakeRandom(5)
const key = walKey('db_1', '00000001', '000000010000000000000003')
const content = Buffer.from('a log, '.repeat(40))
const facts = { kind: 'segment' as const, closedMs: 1_700_000_000_000 }
const seal = (mostBytes = 1 << 20) => sealWal(keys, key, facts, content, { random, mostBytes })

describe('objects of a log', () => {
  test('what was sealed is opened; the head alone says what it is', () => {
    const { bytes, head } = seal()
    expect(openWalHead(keys, key, bytes.subarray(0, walHeadBytes(bytes)))).toEqual(head)
    expect(Buffer.from(openWal(keys, key, bytes).content)).toEqual(content)
  })

  test('large content lies beside, under a key that names it', () => {
    const { bytes, head } = seal(200)
    const beside = besideOf(key, head)
    expect(beside?.startsWith(`${key}.`)).toBe(true)
    expect(ownerOfBeside(beside ?? '')).toBe(key)
    expect(Buffer.from(openWal(keys, key, bytes).content)).toEqual(content)
  })

  test('every flipped byte and every cut is found', () => {
    const { bytes } = seal()
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1 << (at % 8)
      expect(() => openWal(keys, key, changed), `byte ${at}`).toThrow()
      expect(() => openWal(keys, key, bytes.subarray(0, at)), `cut ${at}`).toThrow(
        expect.objectContaining({ code: 'data-damaged' }),
      )
    }
  })

  test('under another name, database or key it does not open', () => {
    const { bytes } = seal()
    const others = [
      walKey('db_1', '00000001', '000000010000000000000004'),
      walKey('db_2', '00000001', '000000010000000000000003'),
    ]
    for (const other of others) expect(() => openWalHead(keys, other, bytes)).toThrow()
    const foreign = createRepoKeys(new Uint8Array(16).fill(8), {
      epochs: [{ epoch: 1, key: new Uint8Array(32).fill(9) }],
    })
    try {
      openWal(foreign, key, bytes)
      expect.unreachable()
    } catch (error) {
      expect(hasCode(error, 'data-damaged')).toBe(true)
    }
  })

  test('a collection never knows such keys, and so never deletes them', () => {
    for (const each of [key, `${key}.${'a'.repeat(64)}.body`, 'wal-about/db_1'])
      expect(parseObjectKey(each)).toBeUndefined()
  })
})

describe('hostile bytes for a segment', () => {
  const first = (bytes: Buffer) => {
    bytes.writeUInt16LE(0xd110, 0)
    bytes.writeUInt16LE(2, 2)
    bytes.writeUInt32LE(1, 4)
    bytes.writeUInt32LE(bytes.length, 32)
    bytes.writeUInt32LE(8192, 36)
    return bytes
  }

  test('random content after a good header ends the reading, always', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const noise = createFakeRandom(seed)
      const bytes = Buffer.alloc(1 << 20)
      bytes.set(noise.bytes(64 * 1024), 40)
      expect(readSegment(first(bytes))?.isWhole).toBe(false)
    }
  })

  test('lengths that promise more than there is are not believed', () => {
    for (const length of [1, 23, 24, 0xffffffff, 0x7fffffff]) {
      const bytes = first(Buffer.alloc(1 << 20))
      bytes.writeUInt32LE(length, 40)
      const facts = readSegment(bytes)
      expect(facts?.events).toEqual([])
    }
  })

  test('a page that another version wrote, or of another size, says nothing', () => {
    const bytes = first(Buffer.alloc(1 << 20))
    bytes.writeUInt16LE(0xd999, 0)
    expect(readSegment(bytes)).toBeUndefined()
    expect(readSegment(first(Buffer.alloc(1 << 20)).subarray(0, 1000))).toBeUndefined()
    expect(readSegment(Buffer.alloc(0))).toBeUndefined()
  })

  test('a record with a wrong sum is nonsense', () => {
    const record = Buffer.alloc(34)
    record.writeUInt32LE(34, 0)
    record[17] = 1
    record[24] = 255
    record[25] = 8
    expect(recordEvent([record], 0n, undefined)).toBe('nonsense')
    expect(recordEvent([record], 0n, 5n)).toBe('nonsense')
  })
})
