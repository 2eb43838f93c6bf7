import { randomBytes } from 'node:crypto'
import { EverstowError } from '../../../model/errors.ts'
import { Secret, type SecretStore } from '../../secrets.ts'
import type { Keychain } from './guarded-keychain.ts'
import type { HomeId } from './home-id.ts'

/** Windows keeps at most 2,560 bytes an entry (CRED_MAX_CREDENTIAL_BLOB_SIZE); a service account's JSON can be longer. */
const LONGEST_BYTES = 2400

/**
 * Secrets of one home in the system's keychain, under accounts `<home id>/<name>`.
 *
 * An entry is `v:<value>`, or `p:<generation>:<count>` with the value in base64 cut over accounts `<account>#<generation>.<number>`. Parts are written
 * before the entry that names them and removed after it, so that an interrupted change leaves the old value or the new one.
 */
export function keychainStore(keychain: Keychain, service: string, homeId: HomeId): SecretStore {
  const removeParts = async (account: string, entry: string | null): Promise<void> => {
    for (const part of partsOf(account, entry)) await keychain.deletePassword(service, part)
  }

  const readOnce = async (account: string): Promise<string | undefined> => {
    const entry = await keychain.getPassword(service, account)
    if (entry === null) return undefined
    if (entry.startsWith('v:')) return entry.slice(2)
    const parts: string[] = []
    for (const partAccount of partsOf(account, entry)) {
      const part = await keychain.getPassword(service, partAccount)
      if (part === null) throw new EverstowError('secret-missing', { data: { reason: 'part-missing' } })
      parts.push(part)
    }
    return Buffer.from(parts.join(''), 'base64').toString('utf8')
  }

  return {
    kind: 'keychain',

    async get(name) {
      const id = await homeId.find()
      if (id === undefined) return undefined
      const account = `${id}/${name}`
      // A part may go while another process replaces the value: the second look sees the new one.
      const value = await readOnce(account).catch((error: unknown) => {
        if (error instanceof EverstowError && error.code === 'secret-missing') return readOnce(account)
        throw error
      })
      return value === undefined ? undefined : new Secret(value)
    },

    async set(name, secret) {
      const value = secret.reveal()
      // Keychains hold C strings and would cut the value there.
      if (value.includes('\0'))
        throw new EverstowError('invalid-input', { data: { field: name, reason: 'nul' } })
      const account = `${await homeId.make()}/${name}`
      const old = await keychain.getPassword(service, account)
      const { entry, parts } = entryOf(value)
      const partAccounts = partsOf(account, entry)
      for (const [number, part] of parts.entries()) {
        await keychain.setPassword(service, partAccounts[number]!, part)
      }
      await keychain.setPassword(service, account, entry)
      await removeParts(account, old)
    },

    async delete(name) {
      const id = await homeId.find()
      if (id === undefined) return false
      const account = `${id}/${name}`
      const old = await keychain.getPassword(service, account)
      const deleted = await keychain.deletePassword(service, account)
      await removeParts(account, old)
      return deleted
    },
  }
}

function entryOf(value: string): { entry: string; parts: readonly string[] } {
  if (Buffer.byteLength(value) <= LONGEST_BYTES) return { entry: `v:${value}`, parts: [] }
  const parts =
    Buffer.from(value)
      .toString('base64')
      .match(new RegExp(`.{1,${LONGEST_BYTES}}`, 'g')) ?? []
  return { entry: `p:${randomBytes(4).toString('hex')}:${parts.length}`, parts }
}

/** The accounts that hold the parts an entry names; none for an entry that is whole. */
function partsOf(account: string, entry: string | null): string[] {
  if (!entry?.startsWith('p:')) return []
  const [, generation, count] = entry.split(':')
  return Array.from({ length: Number(count) }, (_, number) => `${account}#${generation}.${number}`)
}
