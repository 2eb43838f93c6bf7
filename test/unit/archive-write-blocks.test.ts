import { randomBytes } from 'node:crypto'
import { crc32, gunzipSync, inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { BLOCK_BYTES } from '../../main/engine/archive/entry.ts'
import { BlockRing, Stopped } from '../../main/engine/archive/write/block-ring.ts'
import { deflateBlock, sampleBuffer } from '../../main/engine/archive/write/deflate-block.ts'
import { GZIP_HEADER, gzipTrailer } from '../../main/engine/archive/write/gzip-frame.ts'

const sample = sampleBuffer()
const deflate = (bytes: Uint8Array, level = 6): Uint8Array => deflateBlock(bytes, level, sample)
const text = (bytes: number): Buffer =>
  Buffer.from(
    Array.from({ length: Math.ceil(bytes / 20) }, (_, i) => `line ${(i * 7919) % 10007} of text`).join('\n'),
  ).subarray(0, bytes)

describe('blocks', () => {
  it('put after one another are one gzip member, and each can be read alone', () => {
    const parts = [
      text(BLOCK_BYTES),
      randomBytes(BLOCK_BYTES),
      Buffer.alloc(BLOCK_BYTES),
      text(777),
      Buffer.of(1),
    ]
    const compressed = parts.map((part) => deflate(part))
    const whole = Buffer.concat(parts)
    const gzip = Buffer.concat([GZIP_HEADER, ...compressed, gzipTrailer(crc32(whole), whole.length)])
    expect(gunzipSync(gzip).equals(whole)).toBe(true)
    compressed.forEach((block, index) => {
      const alone = inflateRawSync(Buffer.concat([block, Buffer.of(3, 0)]))
      expect(alone.equals(parts[index] as Buffer)).toBe(true)
    })
  })

  it('never grow beyond the room there is', () => {
    for (const size of [1, 511, 65_535, 65_536, 300_000, BLOCK_BYTES])
      for (const level of [0, 1, 6, 9]) {
        expect(deflate(randomBytes(size), level).length).toBeLessThan(size + 4096)
        expect(deflate(Buffer.alloc(size, 'ab'), level).length).toBeLessThan(size + 4096)
      }
  })

  it('store noise, but see through noise that repeats and noise in the middle of text', () => {
    expect(deflate(randomBytes(BLOCK_BYTES)).length).toBeGreaterThan(BLOCK_BYTES)
    const repeated = Buffer.alloc(BLOCK_BYTES, randomBytes(2048))
    expect(deflate(repeated).length).toBeLessThan(BLOCK_BYTES / 20)
    const mixed = Buffer.concat([text(BLOCK_BYTES / 2), randomBytes(BLOCK_BYTES / 2)])
    expect(deflate(mixed).length).toBeLessThan(0.7 * BLOCK_BYTES)
  })

  it('count lengths modulo 2^32 in the trailer', () => {
    expect(Buffer.from(gzipTrailer(0xffffffff, 2 ** 32 + 5)).toString('hex')).toBe('0300ffffffff05000000')
  })
})

describe('the ring', () => {
  it('carries blocks round through all their steps, in one thread as in many', () => {
    const packer = BlockRing.create(3)
    const deflater = BlockRing.open(packer.buffer)
    const output = BlockRing.open(packer.buffer)
    for (let block = 0; block < 10; block++) {
      const bytes = packer.free(block)
      expect(bytes.length).toBe(BLOCK_BYTES)
      bytes.fill(block)
      packer.fill(block, 100 + block)
      const job = deflater.takeFilled()
      expect(job?.block).toBe(block)
      expect(job?.bytes.length).toBe(100 + block)
      expect(job?.bytes[0]).toBe(block)
      deflater.compress(block, Uint8Array.of(block, 9, 9), new Uint8Array(32).fill(block))
      expect([...(output.takeCompressed(block) ?? [])]).toEqual([block, 9, 9])
      expect([...output.sumOf(block)]).toEqual(Array.from({ length: 32 }, () => block))
      output.release(block)
    }
    packer.end(10, 2 ** 40, 0xdeadbeef)
    expect(deflater.takeFilled()).toBeUndefined()
    expect(output.takeCompressed(10)).toBeUndefined()
    expect(output.tarTotals).toEqual({ crc: 0xdeadbeef, bytes: 2 ** 40 })
  })

  it('lets everyone go when it is stopped', () => {
    const ring = BlockRing.create(2)
    ring.free(0)
    BlockRing.open(ring.buffer).stop()
    expect(ring.isStopped).toBe(true)
    expect(() => ring.free(1)).toThrow(Stopped)
    expect(() => ring.takeFilled()).toThrow(Stopped)
    expect(() => ring.takeCompressed(0)).toThrow(Stopped)
  })
})
