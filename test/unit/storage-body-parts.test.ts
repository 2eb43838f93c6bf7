import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { freeBuffer } from '../../main/engine/env/node/free-buffer.ts'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import { readParts } from '../../main/engine/storage/transfer/body-parts.ts'

test('parts whose memory is given back before the next one is asked for are all there', async () => {
  const bytes = randomBytes(1_000_017)
  const promise = { key: 'k', sha256: createHash('sha256').update(bytes).digest('hex') }
  const starts: number[] = []
  const seen: Buffer[] = []
  for await (const { startBytes, bytes: part } of readParts(bodyOfBytes(bytes), 300_000, promise)) {
    starts.push(startBytes)
    seen.push(Buffer.from(part))
    freeBuffer(part)
  }
  expect(starts).toEqual([0, 300_000, 600_000, 900_000])
  expect(Buffer.concat(seen).equals(bytes)).toBe(true)
})
