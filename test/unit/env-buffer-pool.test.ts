import { expect, test } from 'vitest'
import { createBufferPool } from '../../main/engine/env/node/buffer-pool.ts'

const MIB = 1024 * 1024

test('a large buffer that was given back is given again, for sizes that are nearly the same', () => {
  const pool = createBufferPool()
  const first = pool.take(16 * MIB + 5)
  expect(first).toHaveLength(16 * MIB + 5)
  const second = pool.take(16 * MIB)
  expect(second.buffer).not.toBe(first.buffer)
  pool.giveBack(first)
  const third = pool.take(17 * MIB)
  expect(third).toHaveLength(17 * MIB)
  expect(third.buffer).toBe(first.buffer)
  expect(pool.take(17 * MIB).buffer).not.toBe(first.buffer)
})

test('small ones and nothing at all are plain buffers', () => {
  const pool = createBufferPool()
  const small = pool.take(1000)
  expect(small).toHaveLength(1000)
  pool.giveBack(small)
  expect(pool.take(0)).toHaveLength(0)
})
