import { createFakeRandom } from '../../../../main/engine/env/fake/fake-random.ts'
import type { Secret } from '../../../../main/engine/env/secrets.ts'
import { EverstowError } from '../../../../main/engine/model/errors.ts'
import type { MasterKeys } from '../../../../main/engine/repository/crypto/repo-keys.ts'
import { createMasterKeys, rotate } from '../../../../main/engine/repository/keys/key-ring.ts'
import type { SlotKind } from '../../../../main/engine/repository/keys/slot-file.ts'
import { createSlot, type StoredSlot } from '../../../../main/engine/repository/keys/slots.ts'

/** The floor, so that tests are quick. */
export const LOW_COST = { n: 2 ** 15, r: 8, p: 1 }
export const NOW = Date.UTC(2026, 10, 21, 7)

/** A repository's keys and a way to make slots for it; the seed decides everything. */
export function slotGround(seed: string) {
  const random = createFakeRandom(seed)
  const repoId = random.bytes(16)
  const master = rotate(createMasterKeys(random), random)
  const slot = (
    kind: SlotKind,
    secret: Secret,
    label = 'laptop',
    keys: MasterKeys = master,
  ): Promise<StoredSlot> =>
    createSlot({ repoId, kind, label, secret, master: keys, random, now: NOW, cost: LOW_COST })
  return { random, repoId, master, slot }
}

/** The code that the call fails with. */
export async function failure(run: () => unknown): Promise<EverstowError> {
  try {
    await run()
  } catch (error) {
    if (error instanceof EverstowError) return error
    throw error
  }
  throw new Error('Nothing failed')
}

export async function codeOf(run: () => unknown): Promise<string> {
  return (await failure(run)).code
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}
