import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import {
  isAllZero,
  looksIncompressible,
  SAMPLE_BYTES,
} from '../../../../main/engine/repository/chunking/look-at-content.ts'

test('zeros are told from anything else, wherever it stands', () => {
  for (const length of [0, 1, 2, 3, 7, 8, 9, 64, 4097]) {
    // Not at the start of their memory, and with other bytes around.
    const memory = new Uint8Array(length + 10).fill(1)
    const bytes = memory.subarray(5, 5 + length).fill(0)
    expect(isAllZero(bytes), `${length} zeros`).toBe(true)
    for (const at of new Set([0, 1, length >> 1, length - 2, length - 1])) {
      if (at < 0 || at >= length) continue
      bytes[at] = 128
      expect(isAllZero(bytes), `${length} bytes, one at ${at}`).toBe(false)
      bytes[at] = 0
    }
  }
  expect(isAllZero(new Uint8Array(100).fill(7))).toBe(false)
})

test('random and compressed bytes look incompressible, text and tables do not', () => {
  for (let round = 0; round < 50; round++) expect(looksIncompressible(randomBytes(SAMPLE_BYTES))).toBe(true)

  const words = Array.from(randomBytes(60_000), (byte) => `item ${byte}`).join(' ')
  const compressed = deflateRawSync(words)
  expect(compressed.length).toBeGreaterThan(SAMPLE_BYTES)
  expect(looksIncompressible(compressed.subarray(0, SAMPLE_BYTES))).toBe(true)

  expect(looksIncompressible(Buffer.from(words).subarray(0, SAMPLE_BYTES))).toBe(false)
  expect(looksIncompressible(Buffer.from(randomBytes(SAMPLE_BYTES / 2).toString('hex')))).toBe(false)
  expect(looksIncompressible(Buffer.from(randomBytes(SAMPLE_BYTES).toString('base64')))).toBe(false)
  expect(looksIncompressible(new Uint8Array(SAMPLE_BYTES))).toBe(false)
  expect(looksIncompressible(new Uint8Array(0))).toBe(false)
})

test('bytes of which some are frequent are worth compressing', () => {
  const mixed = randomBytes(SAMPLE_BYTES)
  mixed.fill(0, 0, SAMPLE_BYTES / 16)
  expect(looksIncompressible(mixed)).toBe(false)
})
