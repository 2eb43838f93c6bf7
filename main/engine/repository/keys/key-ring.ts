import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Random } from '../../env/random.ts'
import { Secret, type SecretStore } from '../../env/secrets.ts'
import { EverstowError } from '../../model/errors.ts'
import { KEY_BYTES, type MasterKeys } from '../crypto/repo-keys.ts'

const KEPT = z.strictObject({
  epochs: z
    .array(z.strictObject({ epoch: z.int(), key: z.string().regex(/^[0-9a-f]{64}$/) }))
    .min(1)
    .refine((epochs) => epochs.every(({ epoch }, index) => epoch === index + 1)),
})

/** The master key of a new repository: epoch 1. */
export function createMasterKeys(random: Random): MasterKeys {
  return { epochs: [{ epoch: 1, key: random.bytes(KEY_BYTES) }] }
}

/** One epoch more, for what is written from now on. The old epochs stay, for what was written with them. */
export function rotate({ epochs }: MasterKeys, random: Random): MasterKeys {
  const last = epochs.at(-1)?.epoch ?? 0
  return { epochs: [...epochs, { epoch: last + 1, key: random.bytes(KEY_BYTES) }] }
}

/**
 * Keeps the master keys of a repository, so that starts need neither passphrase nor scrypt, and returns what is kept now. No epoch is ever lost: where
 * more are kept already those stay. Fails with `repository-differs` where an epoch is kept with another key.
 */
export async function saveMaster(
  secrets: SecretStore,
  repoIdHex: string,
  master: MasterKeys,
): Promise<MasterKeys> {
  const kept = await loadMaster(secrets, repoIdHex)
  const common = kept?.epochs.slice(0, master.epochs.length) ?? []
  if (common.some(({ key }, index) => !sameKey(key, master.epochs[index]?.key))) {
    throw new EverstowError('repository-differs', { data: { repository: repoIdHex } })
  }
  if (kept && kept.epochs.length >= master.epochs.length) return kept
  const epochs = master.epochs.map(({ epoch, key }) => ({ epoch, key: Buffer.from(key).toString('hex') }))
  await secrets.set(names(repoIdHex).master, new Secret(JSON.stringify({ epochs })))
  return master
}

/** The master keys kept here, undefined where there are none. Fails with `key-missing` where they cannot be read any more. */
export async function loadMaster(secrets: SecretStore, repoIdHex: string): Promise<MasterKeys | undefined> {
  const kept = await secrets.get(names(repoIdHex).master)
  if (!kept) return undefined
  const { epochs } = parseKept(kept, repoIdHex)
  return { epochs: epochs.map(({ epoch, key }) => ({ epoch, key: new Uint8Array(Buffer.from(key, 'hex')) })) }
}

/** Keeps the passphrase of a repository, to show it again and to make slots anew when the master keys grow. */
export async function savePassphrase(
  secrets: SecretStore,
  repoIdHex: string,
  passphrase: Secret,
): Promise<void> {
  await secrets.set(names(repoIdHex).passphrase, passphrase)
}

export async function loadPassphrase(secrets: SecretStore, repoIdHex: string): Promise<Secret | undefined> {
  return secrets.get(names(repoIdHex).passphrase)
}

function names(repoIdHex: string) {
  return { master: `repository/${repoIdHex}/master`, passphrase: `repository/${repoIdHex}/passphrase` }
}

function parseKept(kept: Secret, repoIdHex: string): z.infer<typeof KEPT> {
  try {
    return KEPT.parse(JSON.parse(kept.reveal()))
  } catch {
    // No cause: its message could quote keys.
    throw new EverstowError('key-missing', { data: { repository: repoIdHex, reason: 'damaged' } })
  }
}

function sameKey(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length && timingSafeEqual(a, b)
}
