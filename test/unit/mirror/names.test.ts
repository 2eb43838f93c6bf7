import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitsHere } from '../../../main/engine/mirror/fits-here.ts'
import {
  faultOfPath,
  nameOf,
  readVersionName,
  segmentOf,
  versionKey,
} from '../../../main/engine/mirror/names.ts'
import { isKey } from '../../../main/engine/storage/keys.ts'

/** Any name a POSIX system may have, with many that look like escapes. */
const anyName = fc
  .array(
    fc.oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom(0x25, 0x32, 0x35, 0x46, 0x66, 0xc3, 0xa9)),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((bytes) => Buffer.from(bytes))
  .filter((name) => !name.includes(0x2f) && !['.', '..'].includes(name.toString('latin1')))

describe('a name in a key', () => {
  it('is a key and gives the name back, whatever its bytes', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const segment = segmentOf(name)
        expect(isKey(segment)).toBe(true)
        const back = nameOf(segment)
        expect(back !== undefined && Buffer.from(back).equals(name)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is another one for another name', () => {
    fc.assert(
      fc.property(anyName, anyName, (one, other) => {
        if (!one.equals(other)) expect(segmentOf(one)).not.toBe(segmentOf(other))
      }),
    )
  })

  it.each(['', '.', '..', '%2E%2E', '%2F', 'a%2Fb', '%00', '%61', '%C3%A9', 'x%25'])(
    'is none where it is spelled %j',
    (segment) => expect(nameOf(segment)).toBeUndefined(),
  )

  it('stays as it is where it is plain', () => {
    for (const name of ['a b.txt', 'été', '100%', '%zz', '雪', 'a\\b']) expect(segmentOf(name)).toBe(name)
  })
})

describe('the key of a version', () => {
  it('is read back', () => {
    const atMs = Date.UTC(2026, 10, 22, 7, 8, 9)
    const key = versionKey('p', 'a/b', atMs, 'ab'.repeat(32))
    expect(key).toBe('p/versions/a/b/20261122-070809-abababababababab')
    expect(readVersionName(key.slice('p/versions/'.length))).toEqual({
      path: 'a/b',
      version: '20261122-070809-abababababababab',
      atMs,
    })
    for (const other of ['x', 'a/b', '20261122-070809-abababababababab', 'a/20261122-070809-xyz'])
      expect(readVersionName(other)).toBeUndefined()
  })

  it('has room wherever a path is taken', () => {
    for (let length = 800; length < 900; length++) {
      const path = 'd'.repeat(length)
      if (faultOfPath('p', path) === undefined)
        expect(() => versionKey('p', path, 0, 'a'.repeat(64))).not.toThrow()
      else expect(length).toBeGreaterThan(850)
    }
  })
})

it('knows what each system takes for a name', () => {
  expect(fitsHere(Buffer.from([0xff]), 'linux')).toBe(true)
  expect(fitsHere(Buffer.from([0xff]), 'darwin')).toBe(false)
  for (const name of ['a:b', 'con', 'COM1.txt', 'end.', 'end ', 'a\tb', 'a\\b', 'what?']) {
    expect(fitsHere(name, 'win32')).toBe(false)
    expect(fitsHere(name, 'linux')).toBe(true)
  }
  expect(fitsHere('é'.repeat(128), 'linux')).toBe(false)
  expect(fitsHere('é'.repeat(128), 'win32')).toBe(true)
})
