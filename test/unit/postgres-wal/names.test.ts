import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRecoveryTarget } from '../../../main/engine/model/recovery.ts'
import { lsnText, parseLsn } from '../../../main/engine/sources/postgres/wal/lsn.ts'
import { parseHistory } from '../../../main/engine/sources/postgres/wal/timeline-history.ts'
import {
  parseWalName,
  segmentAt,
  segmentBefore,
  segmentName,
  segmentNumber,
  segmentStart,
} from '../../../main/engine/sources/postgres/wal/wal-name.ts'

const segmentBytes = fc.integer({ min: 20, max: 30 }).map((power) => 2 ** power)

describe('names of the log', () => {
  test('a segment is found again by its name, whatever the size of segments', () => {
    fc.assert(
      fc.property(
        segmentBytes,
        fc.nat(2 ** 31),
        fc.integer({ min: 1, max: 0xffffffff }),
        (size, at, timeline) => {
          const name = segmentName(timeline, at, size)
          const parsed = parseWalName(name)
          expect(parsed).toMatchObject({ kind: 'segment', timeline })
          expect(parsed && 'log' in parsed && segmentNumber(parsed, size)).toBe(at)
          expect(segmentAt(segmentStart(at, size), size)).toBe(at)
          expect(segmentBefore(segmentStart(at + 1, size), size)).toBe(at)
        },
      ),
    )
  })

  test('what PostgreSQL hands over is told apart', () => {
    expect(parseWalName('0000000A.history')).toEqual({ kind: 'history', timeline: 10 })
    expect(parseWalName('000000010000000000000003.partial')?.kind).toBe('partial')
    expect(parseWalName('000000010000000000000003.00000028.backup')).toMatchObject({
      kind: 'label',
      offset: 40,
    })
    for (const name of [
      '',
      '../x',
      '00000000.history',
      '00000001000000000000000g',
      '000000010000000000000003.tmp',
    ])
      expect(parseWalName(name)).toBeUndefined()
  })

  test('no segment of 16 MiB is the 256th of its log', () => {
    expect(segmentNumber({ log: 1, part: 255 }, 2 ** 24)).toBe(511)
    expect(segmentNumber({ log: 1, part: 256 }, 2 ** 24)).toBeUndefined()
  })

  test('places are read as they are written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (lsn) => {
        expect(parseLsn(lsnText(lsn))).toBe(lsn)
      }),
    )
    expect(parseLsn('16')).toBeUndefined()
    expect(parseLsn('1/123456789')).toBeUndefined()
  })
})

describe('histories', () => {
  test('ancestors are read in their order', () => {
    expect(parseHistory('1\t0/3000060\tno recovery target specified\n\n# by hand\n2 0/5000000 x\n')).toEqual([
      { timeline: 1, endLsn: 0x3000060n },
      { timeline: 2, endLsn: 0x5000000n },
    ])
  })

  test('one that does not ascend, or is no history, is none', () => {
    for (const text of ['2\t0/1\tx\n1\t0/2\tx', '1\t0/2\tx\n2\t0/1\tx', 'hello', '1 2', '0\t0/1\tx'])
      expect(parseHistory(text)).toBeUndefined()
  })
})

describe('wished moments', () => {
  test('latest, places, points and times are told apart', () => {
    expect(parseRecoveryTarget('Latest')).toEqual({ kind: 'latest' })
    expect(parseRecoveryTarget('0/3000060')).toEqual({ kind: 'lsn', lsn: 0x3000060n })
    expect(parseRecoveryTarget('before the migration')).toEqual({
      kind: 'name',
      name: 'before the migration',
    })
    expect(parseRecoveryTarget('2026-03-01T10:00:00.123456Z')).toEqual({
      kind: 'time',
      timeUs: Date.parse('2026-03-01T10:00:00Z') * 1000 + 123_456,
    })
    expect(parseRecoveryTarget('2026-03-01 12:30:00+02')).toEqual({
      kind: 'time',
      timeUs: Date.parse('2026-03-01T10:30:00Z') * 1000,
    })
    expect(parseRecoveryTarget('2026-03-01 10:30')).toEqual({
      kind: 'time',
      timeUs: new Date(2026, 2, 1, 10, 30).getTime() * 1000,
    })
  })

  test('a time that never was is refused, not rolled over', () => {
    for (const text of ['2026-02-30 10:00', '2026-13-01', '2026-01-01 25:00', '2026-01-01 10:00 Paris', ''])
      expect(parseRecoveryTarget(text)).toBeUndefined()
  })
})
