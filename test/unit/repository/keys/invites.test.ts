import { beforeEach, describe, expect, test } from 'vitest'
import {
  listInvites,
  makeInvite,
  type NewInvite,
  revokeInvites,
} from '../../../../main/engine/delivery/snapshot/invites.ts'
import { unlock } from '../../../../main/engine/delivery/snapshot/unlock.ts'
import { createFakeClock, type FakeClock } from '../../../../main/engine/env/fake/fake-clock.ts'
import { createFakeRandom } from '../../../../main/engine/env/fake/fake-random.ts'
import { Secret } from '../../../../main/engine/env/secrets.ts'
import { createRepoKeys } from '../../../../main/engine/repository/crypto/repo-keys.ts'
import { inviteKey, slotKey } from '../../../../main/engine/repository/format/keys-of-objects.ts'
import { createMasterKeys } from '../../../../main/engine/repository/keys/key-ring.ts'
import { createSlot } from '../../../../main/engine/repository/keys/slots.ts'
import { bodyOfBytes } from '../../../../main/engine/storage/body.ts'
import { createMemoryBucket } from '../../../../main/engine/storage/memory/bucket.ts'
import { createMemoryStore } from '../../../../main/engine/storage/memory/memory-store.ts'
import type { ObjectStore } from '../../../../main/engine/storage/object-store.ts'

const HOUR = 3_600_000
const random = createFakeRandom(7)
const master = createMasterKeys(random)
const repoId = random.bytes(16)
const keys = createRepoKeys(repoId, master)
const passphrase = new Secret('as-good-as-any-other-passphrase')
const { signal } = new AbortController()
/** The least that is allowed. */
const cost = { n: 2 ** 15, r: 8, p: 1 }

/** The place's clock; the devices' are their own. */
let clock: FakeClock
let store: ObjectStore
let bucket: ReturnType<typeof createMemoryBucket>

beforeEach(async () => {
  clock = createFakeClock()
  bucket = createMemoryBucket()
  store = createMemoryStore({ bucket }, { clock, random })
  const slot = await createSlot({
    repoId,
    kind: 'password',
    label: 'home',
    secret: passphrase,
    master,
    random,
    now: clock.now(),
    cost,
  })
  await store.put(slotKey(slot.slotId), bodyOfBytes(slot.bytes), { purpose: 'meta' })
})

const make = (hours = 24): Promise<NewInvite> =>
  makeInvite(
    store,
    { keys, master, device: { name: 'laptop' } as never },
    { clock, random },
    { hours, cost },
    signal,
  )
const join = (code: Secret, env = { clock, random }) => unlock(store, repoId, code, env, signal)
const isIn = { kind: 'invite', master }
const objects = async () =>
  (await store.list({ prefix: 'invites/' })).objects.map(({ key }) => key.replace(/[0-9a-f]{16}/, 'ID'))

async function bytesOf(key: string): Promise<Buffer> {
  const { body } = await store.get(key)
  return Buffer.concat((await Array.fromAsync(body)) as Buffer[])
}

describe('an invite', () => {
  test('lets one device in, once, and leaves nothing that opens', async () => {
    const { code, inviteId } = await make()
    const slot = await bytesOf(inviteKey(inviteId))
    expect(await join(new Secret(code.reveal().toLowerCase()))).toEqual(isIn)
    expect(await objects()).toEqual(['invites/ID.spent'])
    await expect(join(code)).rejects.toMatchObject({ code: 'invite-wrong' })
    // Somebody kept a copy and puts it back.
    await store.put(inviteKey(inviteId), bodyOfBytes(slot), { purpose: 'meta' })
    await expect(join(code)).rejects.toMatchObject({ code: 'invite-used' })
    expect(await listInvites(store, { clock, random }, signal)).toEqual([])
  })

  test('is not used up by a wrong code, and the passphrase opens as before', async () => {
    const { code } = await make()
    const other = await make()
    await revokeInvites(store, { random }, other.inviteId, signal)
    await expect(join(other.code)).rejects.toMatchObject({ code: 'invite-wrong' })
    const mistyped = code.reveal().replace(/^./, (letter) => (letter === '3' ? '4' : '3'))
    await expect(join(new Secret(mistyped))).rejects.toMatchObject({
      code: 'invite-wrong',
      data: { reason: 'mistyped' },
    })
    expect(await join(passphrase)).toMatchObject({ kind: 'password', master })
    expect(await join(code)).toEqual(isIn)
  })

  test('ends by the clock of its place, however wrong those of the devices are', async () => {
    const { code } = await make(24)
    const years = 365 * 24 * HOUR
    for (const offMs of [years, -years]) {
      const { code: own } = await make(24)
      expect(await join(own, { clock: createFakeClock(clock.now() + offMs), random })).toEqual(isIn)
    }
    clock.jump(24 * HOUR)
    const slow = { clock: createFakeClock(clock.now() - years), random }
    await expect(join(code, slow)).rejects.toMatchObject({ code: 'invite-expired' })
    // Whoever saw that deleted it.
    expect(await objects()).not.toContain('invites/ID')
    await expect(join(code)).rejects.toMatchObject({ code: 'invite-wrong' })
  })

  test('that is over is deleted by whoever looks, and long spent marks go too', async () => {
    const { code } = await make(1)
    await join((await make(2)).code)
    clock.jump(HOUR)
    expect(await listInvites(store, { clock, random }, signal)).toEqual([])
    expect(await objects()).toEqual(['invites/ID.spent'])
    await expect(join(code)).rejects.toMatchObject({ code: 'invite-wrong' })
    clock.jump(30 * 24 * HOUR)
    await listInvites(store, { clock, random }, signal)
    expect(await objects()).toEqual([])
  })

  test('is refused where the place says that it is not made yet', async () => {
    const { code } = await make(24)
    clock.jump(-2 * HOUR)
    await expect(join(code)).rejects.toMatchObject({ code: 'invite-expired' })
  })

  test('that was taken back opens nothing, nor when its slot comes back', async () => {
    const { code, inviteId } = await make()
    await make()
    const slot = await bytesOf(inviteKey(inviteId))
    expect(await revokeInvites(store, { random }, inviteId, signal)).toBe(1)
    await expect(join(code)).rejects.toMatchObject({ code: 'invite-wrong' })
    await store.put(inviteKey(inviteId), bodyOfBytes(slot), { purpose: 'meta' })
    await expect(join(code)).rejects.toMatchObject({ code: 'invite-used' })
    expect(await revokeInvites(store, { random }, undefined, signal)).toBe(1)
    expect(await listInvites(store, { clock, random }, signal)).toEqual([])
  })

  test('opens for one of several devices that come at the same time', async () => {
    for (let round = 0; round < 3; round++) {
      const { code } = await make()
      const ends = await Promise.allSettled([1, 2, 3].map(() => join(code)))
      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const end of ends)
        if (end.status === 'rejected') expect(['invite-used', 'invite-wrong']).toContain(end.reason.code)
    }
  })

  test('is won also where the answer to the claim was lost', async () => {
    const { code } = await make()
    const deaf: ObjectStore = {
      ...store,
      async putIfAbsent(key, bytes, options) {
        await store.putIfAbsent(key, bytes, options)
        return 'ambiguous'
      },
    }
    expect(await unlock(deaf, repoId, code, { clock, random }, signal)).toEqual(isIn)
  })

  test('with a later end, another cost or a broken seal opens nothing, and uses up nothing', async () => {
    const { code, inviteId } = await make(1)
    const whole = (await bytesOf(inviteKey(inviteId))).toString()
    const later = whole.replace(/"until":"[^"]+"/, `"until":"${new Date(clock.now() + 9e9).toISOString()}"`)
    const tampered: [string, string][] = [
      [later, 'slot-damaged'],
      [whole.replace('"kind":"invite"', '"kind":"password"'), 'invite-wrong'],
      [whole.replace('"n":32768', '"n":1024'), 'invite-wrong'],
      [whole.replace(/(.)"}$/, (_, digit: string) => `${digit === '0' ? '1' : '0'}"}`), 'slot-damaged'],
      [
        whole.replace(/"commit":"./, (text) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0')),
        'invite-wrong',
      ],
      [whole.slice(0, -9), 'invite-wrong'],
    ]
    for (const [text, expected] of tampered) {
      await store.put(inviteKey(inviteId), bodyOfBytes(Buffer.from(text)), { purpose: 'meta' })
      await expect(join(code), text).rejects.toMatchObject({ code: expected })
    }
    await store.put(inviteKey(inviteId), bodyOfBytes(Buffer.from(whole)), { purpose: 'meta' })
    expect(await join(code)).toEqual(isIn)
  })

  test('of another repository, or under another name, opens nothing', async () => {
    const { code, inviteId } = await make()
    const bytes = await bytesOf(inviteKey(inviteId))
    await expect(unlock(store, random.bytes(16), code, { clock, random }, signal)).rejects.toMatchObject({
      code: 'slot-damaged',
    })
    await store.delete(inviteKey(inviteId))
    await store.put(inviteKey('0123456789abcdef'), bodyOfBytes(bytes), { purpose: 'meta' })
    await expect(join(code)).rejects.toMatchObject({ code: 'slot-damaged' })
    // Nor among the slots that stay: there it would have no end.
    await store.delete(inviteKey('0123456789abcdef'))
    await store.put(slotKey(inviteId), bodyOfBytes(bytes), { purpose: 'meta' })
    await expect(join(code)).rejects.toMatchObject({ code: 'invite-wrong' })
    expect(await join(passphrase)).toMatchObject({ kind: 'password' })
  })

  test('is one of a few at a time', async () => {
    for (let count = 0; count < 8; count++) await make()
    await expect(make()).rejects.toMatchObject({ code: 'invite-too-many' })
    expect(await listInvites(store, { clock, random }, signal)).toHaveLength(8)
  })
})
