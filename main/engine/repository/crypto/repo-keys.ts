import { hkdfSync } from 'node:crypto'
import { EverstowError } from '../../model/errors.ts'

/** The master keys of a repository, ascending by epoch; the last one seals what is new. */
export interface MasterKeys {
  readonly epochs: readonly { readonly epoch: number; readonly key: Uint8Array }[]
}

/** What a subkey is for: `everstow/v1/<label>` is the info of its derivation. */
export type KeyLabel =
  | 'pack'
  | 'index'
  | 'snap'
  | 'log'
  | 'list'
  | 'ckpt'
  | 'chunk-id'
  | 'gear'
  | 'pad'
  | 'device-wrap'
  | 'wal'
  | 'sync'

/** The keys of a repository as plain data, to hand to a worker thread. */
export interface RepoKeysData {
  readonly repoId: Uint8Array
  readonly epochs: readonly { readonly epoch: number; readonly key: Uint8Array }[]
}

/** The keys of one repository. Subkeys are derived once and kept. */
export interface RepoKeys {
  /** 16 bytes. */
  readonly repoId: Uint8Array
  readonly repoIdHex: string
  /** The epoch that seals what is new. */
  readonly epoch: number
  /** 32 bytes. Without `epoch` the current one; `chunk-id` and `gear` always come from the first. `key-missing` for an unknown epoch. */
  subkey(label: KeyLabel, epoch?: number): Uint8Array
  readonly cloneable: RepoKeysData
}

export const REPO_ID_BYTES = 16
export const KEY_BYTES = 32

/** Ids and cut points never depend on the current epoch: equal content keeps its id for ever, whatever key seals it. */
const FROM_FIRST_EPOCH: ReadonlySet<KeyLabel> = new Set(['chunk-id', 'gear'])

/** The keys of the repository `repoId`; `internal` when the master keys are not ascending epochs from 1 on with 32 bytes each. */
export function createRepoKeys(repoId: Uint8Array, master: MasterKeys): RepoKeys {
  const { epochs } = master
  assertWellFormed(repoId, epochs)
  const first = epochs[0]!
  const current = epochs[epochs.length - 1]!
  const keyOfEpoch = new Map(epochs.map((one) => [one.epoch, one.key]))
  const derived = new Map<string, Uint8Array>()

  return {
    repoId,
    repoIdHex: Buffer.from(repoId).toString('hex'),
    epoch: current.epoch,
    cloneable: { repoId, epochs },
    subkey(label, epoch = current.epoch) {
      const from = FROM_FIRST_EPOCH.has(label) ? first.epoch : epoch
      const name = `${from}:${label}`
      const known = derived.get(name)
      if (known) return known
      const master = keyOfEpoch.get(from)
      if (!master)
        throw new EverstowError('key-missing', { data: { epoch: from, newestEpoch: current.epoch } })
      const key = deriveKey(master, repoId, `everstow/v1/${label}`)
      derived.set(name, key)
      return key
    },
  }
}

/** The same keys again, in a worker thread that was handed `cloneable`. */
export function restoreRepoKeys(data: RepoKeysData): RepoKeys {
  return createRepoKeys(data.repoId, { epochs: data.epochs })
}

/** HKDF-SHA-256 (RFC 5869), 32 bytes. */
export function deriveKey(key: Uint8Array, salt: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, info, KEY_BYTES))
}

function assertWellFormed(repoId: Uint8Array, epochs: MasterKeys['epochs']): void {
  const ascending = epochs.every(({ epoch, key }, i) => {
    const floor = i === 0 ? 0 : epochs[i - 1]!.epoch
    return Number.isInteger(epoch) && epoch > floor && epoch <= 0xffffffff && key.length === KEY_BYTES
  })
  if (repoId.length !== REPO_ID_BYTES || epochs.length === 0 || !ascending)
    throw new EverstowError('internal', { message: 'master keys or repository id are malformed' })
}
