import { expect, test } from 'vitest'
import { ownBytes } from '../../main/engine/env/node/own-bytes.ts'

test('what is kept for long keeps no memory of others', () => {
  const shared = Buffer.from('a record of some hundred bytes')
  expect(shared.buffer.byteLength).toBeGreaterThan(1_000)
  const own = ownBytes(shared)
  expect(Buffer.from(own)).toEqual(shared)
  expect(own.buffer.byteLength).toBe(shared.length)
  // What has memory of its own already is not copied.
  expect(ownBytes(own)).toBe(own)
})
