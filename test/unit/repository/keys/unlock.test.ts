import { describe, expect, test } from 'vitest'
import { Secret } from '../../../../main/engine/env/secrets.ts'
import { createMasterKeys, rotate } from '../../../../main/engine/repository/keys/key-ring.ts'
import { createRecoveryWords } from '../../../../main/engine/repository/keys/recovery-kit.ts'
import { rewriteSlots } from '../../../../main/engine/repository/keys/rewrite-slots.ts'
import { encodeSlotFile, parseSlotFile } from '../../../../main/engine/repository/keys/slot-file.ts'
import { createSlot, openSlot, type StoredSlot } from '../../../../main/engine/repository/keys/slots.ts'
import { tryUnlock } from '../../../../main/engine/repository/keys/try-unlock.ts'
import { failure, LOW_COST, NOW, slotGround } from './ground.ts'

const anna = new Secret('anna knows this')
const ben = new Secret('ben knows that')

async function repository(seed: string) {
  const ground = slotGround(seed)
  const words = createRecoveryWords(ground.random)
  const slots = [
    await ground.slot('password', anna, 'Anna'),
    await ground.slot('password', ben, 'Ben'),
    await ground.slot('recovery', words, 'Kit'),
  ]
  return { ...ground, words, slots }
}

function damaged({ slotId, bytes }: StoredSlot): StoredSlot {
  return { slotId, bytes: bytes.subarray(1) }
}

describe('unlocking', () => {
  test('takes any password and the words, whatever their order, and says which slot it was', async () => {
    const { slots, repoId, master, words } = await repository('any')
    const reversed = [...slots].reverse()
    for (const [secret, index] of [
      [anna, 0],
      [ben, 1],
      [words, 2],
    ] as const) {
      const { slotId, kind, master: opened } = await tryUnlock(reversed, repoId, secret)
      expect([slotId, kind]).toEqual([slots[index]?.slotId, index === 2 ? 'recovery' : 'password'])
      expect(opened).toEqual(master)
    }
  })

  test('goes past damaged and absurd slots', async () => {
    const { slots, repoId, master } = await repository('past')
    const [first, second, third] = slots as [StoredSlot, StoredSlot, StoredSlot]
    const sound = parseSlotFile(first.bytes)
    const absurd = encodeSlotFile({ ...sound, cost: { n: 2 ** 30, r: 8, p: 1 } })
    const found = await tryUnlock([{ ...first, bytes: absurd }, damaged(third), second], repoId, ben)
    expect(found.master).toEqual(master)
  })

  test('tries cheap slots first', async () => {
    const { repoId, master, random } = slotGround('cheap')
    const made = { repoId, kind: 'password', label: '', secret: ben, master, random, now: NOW } as const
    const dear = await createSlot({ ...made, cost: { ...LOW_COST, p: 2 } })
    const cheap = await createSlot({ ...made, cost: LOW_COST })
    expect((await tryUnlock([dear, cheap], repoId, ben)).slotId).toBe(cheap.slotId)
    expect((await tryUnlock([dear], repoId, ben)).slotId).toBe(dear.slotId)
  })

  test('says what is wrong: the passphrase, the words, or the slots', async () => {
    const { slots, repoId, words, random } = await repository('wrong')
    expect((await failure(() => tryUnlock(slots, repoId, new Secret('nobody knows')))).code).toBe(
      'passphrase-wrong',
    )

    const other = await failure(() => tryUnlock(slots, repoId, createRecoveryWords(random)))
    expect([other.code, other.data.reason]).toEqual(['recovery-words-wrong', 'other-kit'])

    const typo = new Secret(words.reveal().replace(/^\S+ \S+/, 'abandon abandom'))
    const mistyped = await failure(() => tryUnlock(slots, repoId, typo))
    expect([mistyped.code, mistyped.data.position, mistyped.data.word]).toEqual([
      'recovery-words-wrong',
      2,
      'abandom',
    ])

    const ruined = slots.map(damaged)
    expect((await failure(() => tryUnlock(ruined, repoId, anna))).code).toBe('slot-damaged')
    expect((await failure(() => tryUnlock([], repoId, anna))).code).toBe('slot-damaged')
    const half = [damaged(slots[0] as StoredSlot), slots[1] as StoredSlot]
    expect((await failure(() => tryUnlock(half, repoId, anna))).code).toBe('passphrase-wrong')
  })

  test('stops between two slots when told', async () => {
    const { slots, repoId } = await repository('stop')
    await expect(tryUnlock(slots, repoId, ben, AbortSignal.abort())).rejects.toThrow('aborted')
  })
})

describe('rewriting slots after a rotation', () => {
  test('makes those anew whose secret is known, and names those that fall', async () => {
    const { slots, repoId, master, words, random } = await repository('rotation')
    const grown = rotate(master, random)
    const broken = damaged({ ...(slots[0] as StoredSlot), slotId: '00000000deadbeef' })
    const { rewritten, fallen } = await rewriteSlots({
      repoId,
      slots: [...slots, broken],
      secrets: [anna, words],
      master: grown,
      random,
      now: NOW + 1000,
      cost: LOW_COST,
    })
    expect(rewritten.map(({ kind, label, replaces }) => [kind, label, replaces])).toEqual([
      ['password', 'Anna', slots[0]?.slotId],
      ['recovery', 'Kit', slots[2]?.slotId],
    ])
    expect(fallen).toEqual([
      { slotId: slots[1]?.slotId, reason: 'secret-unknown', kind: 'password', label: 'Ben' },
      { slotId: '00000000deadbeef', reason: 'damaged' },
    ])
    const [forAnna, forKit] = rewritten
    if (!forAnna || !forKit) throw new Error('Two slots were made')
    expect(await openSlot(forAnna.bytes, forAnna.slotId, repoId, anna)).toEqual(grown)
    expect(await openSlot(forKit.bytes, forKit.slotId, repoId, words)).toEqual(grown)
    expect(new Set([...slots, ...rewritten].map(({ slotId }) => slotId)).size).toBe(5)
  })

  test('knows a slot whose seal was tampered with', async () => {
    const { slots, repoId, random } = await repository('tampered')
    const [first] = slots as [StoredSlot]
    const relabelled = { ...first, bytes: encodeSlotFile({ ...parseSlotFile(first.bytes), label: 'Eve' }) }
    const { fallen } = await rewriteSlots({
      repoId,
      slots: [relabelled],
      secrets: [anna],
      master: createMasterKeys(random),
      random,
      now: NOW,
      cost: LOW_COST,
    })
    expect(fallen).toEqual([{ slotId: first.slotId, reason: 'damaged', kind: 'password', label: 'Eve' }])
  })
})
