import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../main/engine/env/secrets.ts'
import { describeSlot, openSlot } from '../../main/engine/repository/keys/slots.ts'
import { tryUnlock } from '../../main/engine/repository/keys/try-unlock.ts'
import expected from './fixtures/key-slots/expected.json' with { type: 'json' }

// Slots as the first version wrote them. Whoever holds such a repository and its password must get in for ever: these files never change.
const folder = join(import.meta.dirname, 'fixtures/key-slots')
const repoId = Buffer.from(expected.repoId, 'hex')
const bytesOf = (slotId: string) => readFileSync(join(folder, slotId))

describe('frozen slots of version 1', () => {
  test('are all told of', () => {
    const files = readdirSync(folder).filter((name) => name !== 'expected.json')
    expect(files.sort()).toEqual(expected.slots.map(({ slotId }) => slotId).sort())
    expect(files).toHaveLength(4)
  })

  test.each(expected.slots)('$slotId ($kind, $label) opens', async (slot) => {
    const bytes = bytesOf(slot.slotId)
    expect(describeSlot(bytes)).toMatchObject({
      kind: slot.kind,
      label: slot.label,
      created: expected.created,
    })
    const { epochs } = await openSlot(bytes, slot.slotId, repoId, new Secret(slot.secret))
    expect(epochs.map(({ epoch }) => epoch)).toEqual(slot.masterKeys.map((_, index) => index + 1))
    expect(epochs.map(({ key }) => Buffer.from(key).toString('hex'))).toEqual(slot.masterKeys)
  })

  test('open whichever secret a person has', async () => {
    const slots = expected.slots.map(({ slotId }) => ({ slotId, bytes: bytesOf(slotId) }))
    for (const { slotId, secret } of expected.slots.slice(2)) {
      expect((await tryUnlock(slots, repoId, new Secret(secret))).slotId).toBe(slotId)
    }
  })
})
