import type { KnownRepository } from '../../model/destination.ts'
import type { MasterKeys, RepoKeys } from '../../repository/crypto/repo-keys.ts'
import type { DeviceIdentity } from '../../repository/keys/device-identity.ts'

/** What this computer has of a repository wherever that lies. */
export interface Identity {
  readonly repository: KnownRepository
  readonly keys: RepoKeys
  readonly master: MasterKeys
  readonly device: DeviceIdentity
}
