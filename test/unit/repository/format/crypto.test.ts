import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { open, seal } from '../../../../main/engine/repository/crypto/aead.ts'
import { createChunkHasher } from '../../../../main/engine/repository/crypto/chunk-id.ts'
import { createRepoKeys, restoreRepoKeys } from '../../../../main/engine/repository/crypto/repo-keys.ts'

const repoId = randomBytes(16)
const epochs = [1, 2, 5].map((epoch) => ({ epoch, key: new Uint8Array(randomBytes(32)) }))
const keys = createRepoKeys(repoId, { epochs })

test('subkeys are HKDF-SHA-256 of the epoch, salted with the repository', () => {
  const expected = (key: Uint8Array, label: string): Buffer =>
    Buffer.from(hkdfSync('sha256', key, repoId, `everstow/v1/${label}`, 32))
  expect(Buffer.from(keys.subkey('pack'))).toEqual(expected(epochs[2]!.key, 'pack'))
  expect(Buffer.from(keys.subkey('pack', 2))).toEqual(expected(epochs[1]!.key, 'pack'))
  expect(Buffer.from(keys.subkey('chunk-id'))).toEqual(expected(epochs[0]!.key, 'chunk-id'))
  expect(Buffer.from(keys.subkey('gear', 5))).toEqual(expected(epochs[0]!.key, 'gear'))
  expect(keys.epoch).toBe(5)
  expect(keys.repoIdHex).toBe(repoId.toString('hex'))
})

test('a worker makes the same keys of what it was handed', () => {
  const again = restoreRepoKeys(structuredClone(keys.cloneable))
  for (const label of ['pack', 'index', 'snap', 'log', 'list', 'ckpt', 'chunk-id', 'gear', 'pad'] as const)
    expect(again.subkey(label)).toEqual(keys.subkey(label))
})

test('an unknown epoch is a missing key', () => {
  expect(() => keys.subkey('log', 3)).toThrow(expect.objectContaining({ code: 'key-missing' }))
})

test.each([
  ['no epochs', []],
  ['descending epochs', [epochs[1]!, epochs[0]!]],
  ['an epoch twice', [epochs[0]!, epochs[0]!]],
  ['epoch 0', [{ epoch: 0, key: epochs[0]!.key }]],
  ['a short key', [{ epoch: 1, key: new Uint8Array(31) }]],
])('%s are refused', (_, wrong) => {
  expect(() => createRepoKeys(repoId, { epochs: wrong })).toThrow(
    expect.objectContaining({ code: 'internal' }),
  )
})

test('chunk ids are HMAC-SHA-256 at every length, on both sides of the switch', () => {
  const hasher = createChunkHasher(keys)
  const data = randomBytes(300_000)
  for (const length of [0, 1, 55, 56, 63, 64, 65, 4096, 65_535, 65_536, 65_537, 300_000]) {
    const bytes = data.subarray(7, 7 + length)
    const expected = createHmac('sha256', keys.subkey('chunk-id')).update(bytes).digest()
    expect(Buffer.from(hasher.idOf(bytes)).equals(expected)).toBe(true)
  }
})

test('an id is not overwritten by the next one', () => {
  const hasher = createChunkHasher(keys)
  const first = hasher.idOf(Buffer.from('one'))
  const copy = Buffer.from(first)
  hasher.idOf(Buffer.from('two'))
  expect(Buffer.from(first)).toEqual(copy)
})

test('what is sealed in parts opens as one text', () => {
  const key = randomBytes(32)
  const nonce = randomBytes(12)
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), fc.uint8Array(), (parts, aad) => {
      const sealed = seal(key, nonce, aad, parts)
      expect(Buffer.from(open(key, nonce, aad, sealed, 'text'))).toEqual(Buffer.concat(parts))
    }),
  )
})

test('a text shorter than its tag is damaged', () => {
  const attempt = () => open(randomBytes(32), randomBytes(12), new Uint8Array(), new Uint8Array(15), 'text')
  expect(attempt).toThrow(
    expect.objectContaining({ code: 'data-damaged', data: { what: 'text', reason: 'seal' } }),
  )
})
