import { createCipheriv, randomBytes, scryptSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The least cost that is taken: a third of what a new file gets. */
const COST = { N: 2 ** 15, r: 8, p: 1 } as const

/**
 * Starts the sealed secrets of a home that is new. Every command derives their key anew, which takes longer than the command itself; tests of hundreds
 * of commands start with this file, and it goes on at the cost it has. What a home makes by itself is tested where secrets are.
 */
export function startSealedSecrets(home: string, passphrase: string): void {
  const salt = randomBytes(32)
  const bytes = scryptSync(passphrase, salt, 64, { ...COST, maxmem: 64 * 2 ** 20 })
  const header = JSON.stringify({
    ...{ format: 'everstow-secrets', version: 1, kdf: 'scrypt' },
    ...{ ...COST, salt: salt.toString('base64'), commit: bytes.subarray(32).toString('base64') },
  })
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', bytes.subarray(0, 32), nonce)
  cipher.setAAD(Buffer.from(header))
  const sealed = Buffer.concat([nonce, cipher.update('{}'), cipher.final(), cipher.getAuthTag()])
  mkdirSync(home, { recursive: true, mode: 0o700 })
  writeFileSync(join(home, 'secrets.sealed'), `${header}\n${sealed.toString('base64')}\n`, { mode: 0o600 })
}
