import { describe, expect, test } from 'vitest'
import { createFakeRandom } from '../../../../main/engine/env/fake/fake-random.ts'
import { createMemorySecrets } from '../../../../main/engine/env/fake/memory-secrets.ts'
import {
  createDevice,
  deviceName,
  isSignedBy,
  loadDevice,
} from '../../../../main/engine/repository/keys/device-identity.ts'
import { failure } from './ground.ts'

const text = Buffer.from('what a device says')

describe('a device', () => {
  test('signs, and is the same when it is loaded again', async () => {
    const secrets = createMemorySecrets()
    const made = await createDevice(secrets, createFakeRandom('device'), 'laptop')
    expect(made.id).toMatch(/^[0-9a-f]{32}$/)
    expect(made.publicKey).toHaveLength(32)
    expect(secrets.names()).toEqual([`device/${made.id}`])
    const loaded = await loadDevice(secrets, { id: made.id, name: 'laptop' })
    expect(loaded?.publicKey).toEqual(made.publicKey)
    const signature = made.sign(text)
    expect(signature).toHaveLength(64)
    // Ed25519 is deterministic: the same key says the same.
    expect(loaded?.sign(text)).toEqual(signature)
    expect(isSignedBy(made.publicKey, text, signature)).toBe(true)
  })

  test('is told from another, and from its own words changed', async () => {
    const secrets = createMemorySecrets()
    const random = createFakeRandom('two devices')
    const anna = await createDevice(secrets, random, 'anna')
    const ben = await createDevice(secrets, random, 'ben')
    const signature = anna.sign(text)
    expect(isSignedBy(ben.publicKey, text, signature)).toBe(false)
    expect(isSignedBy(anna.publicKey, Buffer.from('what a device said'), signature)).toBe(false)
    for (let at = 0; at < signature.length; at++) {
      const changed = Uint8Array.from(signature)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(isSignedBy(anna.publicKey, text, changed)).toBe(false)
    }
    expect(isSignedBy(anna.publicKey, text, signature.subarray(1))).toBe(false)
    expect(isSignedBy(anna.publicKey, text, new Uint8Array())).toBe(false)
    expect(isSignedBy(anna.publicKey.subarray(1), text, signature)).toBe(false)
    expect(isSignedBy(new Uint8Array(32), text, new Uint8Array(64).fill(1))).toBe(false)
  })

  test('has the key of RFC 8032 when its randomness is that of the RFC', async () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')
    const random = {
      bytes: (count: number) => (count === 32 ? seed : Buffer.alloc(count)),
      float: () => 0,
    }
    const { publicKey, sign } = await createDevice(createMemorySecrets(), random, 'rfc')
    expect(Buffer.from(publicKey).toString('hex')).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    )
    expect(Buffer.from(sign(new Uint8Array())).toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    )
  })

  test('whose key is gone is none; one whose key is damaged says so and shows nothing', async () => {
    const device = { id: 'ab'.repeat(16), name: 'gone' }
    expect(await loadDevice(createMemorySecrets(), device)).toBeUndefined()
    for (const kept of ['', 'bm90IGEga2V5', 'MC4CAQAwBQYDK2VwBCIEIA==', 'x'.repeat(64)]) {
      const secrets = createMemorySecrets({ [`device/${device.id}`]: kept })
      const error = await failure(() => loadDevice(secrets, device))
      expect([error.code, error.data]).toEqual(['key-missing', { device: device.id, reason: 'damaged' }])
    }
  })
})

test('the name of a device is one short line that a terminal can show', () => {
  expect(deviceName('annas-laptop.local', 'Computer')).toBe('annas-laptop.local')
  expect(deviceName('  Anna’s\tMac\nBook\u001b[31m\u202e ', 'Computer')).toBe('Anna’s Mac Book [31m')
  expect(deviceName('e\u0301', 'Computer')).toBe('é')
  expect(deviceName('', 'Computer')).toBe('Computer')
  expect(deviceName('\0\n', 'Computer')).toBe('Computer')
  expect(Array.from(deviceName('💾'.repeat(100), 'Computer'))).toHaveLength(64)
})
