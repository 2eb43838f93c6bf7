import { join } from 'node:path'
import { asEverstowError, EverstowError } from '../../../model/errors.ts'
import type { Log } from '../../log.ts'
import { Secret, type SecretStore } from '../../secrets.ts'
import { withLock } from '../exclusive-lock.ts'
import { nodeFiles } from '../node-files.ts'
import { type HomeId, homeIdIn } from './home-id.ts'
import { keychainStore } from './keychain-store.ts'
import { type Layers, layeredStore } from './layered-store.ts'
import { plainSecretFile } from './plain-file.ts'
import { sealedSecretFile } from './sealed-file.ts'
import { secretMapStore } from './secret-map-file.ts'
import { openSystemKeychain } from './system-keychain.ts'

export interface SecretStoreOptions {
  /** The data folder; must exist. */
  readonly home: string
  readonly log: Log
  /** Seals and opens the file where there is no keychain. A function is asked only when nothing else will do. */
  readonly passphrase?: Secret | (() => Promise<Secret | undefined>)
  /** `off`: as if the system had none. */
  readonly keychain?: 'auto' | 'off'
  /** The keychain's service name; `everstow`. */
  readonly keychainService?: string
  /** The longest any call to the keychain takes; 5 s. */
  readonly keychainTimeoutMs?: number
}

const KEYCHAIN_TIMEOUT_MS = 5000
const MIGRATION_TIMEOUT_MS = 30_000

/**
 * Opens the secrets of a home: in the keychain if it works, else in a file sealed under the passphrase, else in a file that only the owner can read.
 *
 * A sealed file without a passphrase is `secret-missing` when there is no keychain either: a plain file is never started beside it. A plain file is moved
 * into the better store once there is one. A wrong passphrase shows at the first use (`passphrase-wrong`), because trying it is slow.
 */
export async function openSecretStore(options: SecretStoreOptions): Promise<SecretStore> {
  const { home, log } = options
  const paths = { sealed: join(home, 'secrets.sealed'), plain: join(home, 'secrets.json') }
  const homeId = homeIdIn(home)
  const sealedExists = (await nodeFiles.stat(paths.sealed)) !== undefined
  const keychain = await openKeychain(options, homeId)
  const passphrase = await passphraseOf(options, keychain === undefined)
  const sealed =
    passphrase && secretMapStore(sealedSecretFile(paths.sealed, passphrase), `${paths.sealed}.lock`)
  const plain = secretMapStore(plainSecretFile(paths.plain, log), `${paths.plain}.lock`)

  if (keychain) {
    const closed = sealedExists && !sealed ? passphraseMissing(paths.sealed) : undefined
    return withoutPlainFile(
      { first: keychain, others: sealedExists && sealed ? [sealed] : [], closed },
      plain,
      paths.plain,
      log,
    )
  }
  const closed = (await homeId.find()) ? keychainClosed() : undefined
  if (sealed) return withoutPlainFile({ first: sealed, others: [], closed }, plain, paths.plain, log)
  if (sealedExists) throw passphraseMissing(paths.sealed)
  return layeredStore({ first: plain, others: [], closed }, log)
}

async function openKeychain(options: SecretStoreOptions, homeId: HomeId): Promise<SecretStore | undefined> {
  if (options.keychain === 'off') return undefined
  const service = options.keychainService ?? 'everstow'
  try {
    const keychain = await openSystemKeychain(service, options.keychainTimeoutMs ?? KEYCHAIN_TIMEOUT_MS)
    return keychainStore(keychain, service, homeId)
  } catch (error) {
    options.log.info('the keychain cannot be used', { error: asEverstowError(error) })
    return undefined
  }
}

/** An empty passphrase protects nothing and counts as none. A person is asked only where the passphrase is needed. */
async function passphraseOf(
  { passphrase }: SecretStoreOptions,
  needed: boolean,
): Promise<Secret | undefined> {
  const given = passphrase instanceof Secret ? passphrase : needed ? await passphrase?.() : undefined
  return given?.reveal() === '' ? undefined : given
}

/** Moves what the plain file holds into the first store; the file goes only after everything was read back. */
async function withoutPlainFile(
  layers: Layers,
  plain: SecretStore,
  path: string,
  log: Log,
): Promise<SecretStore> {
  if (!(await nodeFiles.stat(path))) return layeredStore(layers, log)
  const { first } = layers
  try {
    await withLock(`${path}.lock`, 'moving secrets', MIGRATION_TIMEOUT_MS, async () => {
      const map = await plainSecretFile(path, log).read()
      for (const [name, value] of map) {
        // What was set while the better store was away is newer than what that one holds.
        await first.set(name, new Secret(value))
        if ((await first.get(name))?.reveal() !== value) {
          throw new EverstowError('keychain-unavailable', { data: { reason: 'forgets', kind: first.kind } })
        }
      }
      await nodeFiles.remove(path)
      log.info('moved the secrets out of the plain file', { count: map.size, kind: first.kind })
    })
    return layeredStore(layers, log)
  } catch (error) {
    log.warn('the secrets of the plain file could not be moved; it stays', {
      path,
      error: asEverstowError(error),
    })
    return layeredStore({ ...layers, others: [...layers.others, plain] }, log)
  }
}

function passphraseMissing(path: string): EverstowError {
  return new EverstowError('secret-missing', { data: { name: 'passphrase', path, reason: 'sealed' } })
}

function keychainClosed(): EverstowError {
  return new EverstowError('keychain-unavailable', { data: { reason: 'secrets-in-keychain' }, retry: 'wait' })
}
