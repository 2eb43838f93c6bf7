import { randomBytes } from 'node:crypto'
import { EverstowError } from '../../../model/errors.ts'
import { guardKeychain, type Keychain } from './guarded-keychain.ts'

/**
 * The system's keychain (Keychain on macOS, Credential Manager on Windows, Secret Service on Linux), after a real entry was written, read back and
 * removed. `keychain-unavailable` when it cannot be loaded, is not there, refuses or does not answer in time.
 */
export async function openSystemKeychain(service: string, timeoutMs: number): Promise<Keychain> {
  const keychain = guardKeychain(await loadKeytar(), timeoutMs)
  const account = `probe-${randomBytes(8).toString('hex')}`
  const value = randomBytes(16).toString('hex')
  await keychain.setPassword(service, account, value)
  const answer = await keychain.getPassword(service, account)
  await keychain.deletePassword(service, account)
  if (answer !== value)
    throw new EverstowError('keychain-unavailable', { data: { reason: 'forgets' }, retry: 'wait' })
  return keychain
}

/** Native code is loaded only here, so that whoever needs no keychain pays nothing and survives where it cannot be loaded. */
async function loadKeytar(): Promise<Keychain> {
  try {
    return (await import('keytar')).default
  } catch (cause) {
    throw new EverstowError('keychain-unavailable', {
      data: { reason: 'not-loadable' },
      retry: 'wait',
      cause,
    })
  }
}
