import { hostname } from 'node:os'
import { z } from 'zod'
import type { Random } from '../env/random.ts'
import { Secret, type SecretStore } from '../env/secrets.ts'
import {
  createDevice,
  type DeviceIdentity,
  deviceName,
  loadDevice,
} from '../repository/keys/device-identity.ts'
import type { LogPoint } from './entry.ts'

/** What the store of secrets keeps of the log: out of reach for whoever can only change files. */
const Kept = z.strictObject({
  device: z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/), name: z.string() }),
  /** Public keys (64 hex digits) by device: those that ever signed this log. */
  keys: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
  /** The log says which key the device has. */
  isIntroduced: z.boolean(),
  /** How far the log went when this was last written. */
  number: z.int().nonnegative(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
})
export type Kept = z.infer<typeof Kept>

const NAME = 'audit'

/** What is kept, or undefined where there is nothing that makes sense. */
export async function readKept(secrets: SecretStore): Promise<Kept | undefined> {
  const kept = await secrets.get(NAME)
  if (!kept) return undefined
  try {
    return Kept.parse(JSON.parse(kept.reveal()))
  } catch {
    // As good as gone: a new key is made, and a check names the old one as unknown.
    return undefined
  }
}

export async function writeKept(secrets: SecretStore, kept: Kept): Promise<void> {
  await secrets.set(NAME, new Secret(JSON.stringify(kept)))
}

/** The key that signs this log. Where there is none yet it is made and kept. The caller has the log to itself. */
export async function signingKey(
  secrets: SecretStore,
  random: Random,
  point: LogPoint,
): Promise<{ readonly device: DeviceIdentity; readonly kept: Kept }> {
  const kept = await readKept(secrets)
  const known = kept && (await loadDevice(secrets, kept.device))
  if (kept && known) return { device: known, kept }
  const device = await createDevice(secrets, random, deviceName(hostname(), 'computer'))
  const fresh: Kept = {
    device: { id: device.id, name: device.name },
    keys: { ...kept?.keys, [device.id]: Buffer.from(device.publicKey).toString('hex') },
    isIntroduced: false,
    number: (kept ?? point).number,
    hash: (kept ?? point).hash,
  }
  await writeKept(secrets, fresh)
  return { device, kept: fresh }
}
