import { createCipheriv, createDecipheriv, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { EverstowError } from '../../../model/errors.ts'
import type { Secret } from '../../secrets.ts'
import { nodeFiles } from '../node-files.ts'
import type { SecretMapFile } from './secret-map-file.ts'

const BASE64 = z.base64().max(1024)

/**
 * The first line of `secrets.sealed`. Costs have a floor (a file that somebody weakened is refused) and a ceiling (one that would take all memory is
 * refused before any work is done).
 */
const HEADER = z.object({
  format: z.literal('everstow-secrets'),
  version: z.literal(1),
  kdf: z.literal('scrypt'),
  N: z
    .int()
    .min(2 ** 15)
    .max(2 ** 20)
    .refine((n) => Number.isInteger(Math.log2(n))),
  r: z.int().min(8).max(16),
  p: z.int().min(1).max(4),
  salt: BASE64,
  commit: BASE64,
})
type Header = z.infer<typeof HEADER>

const SECRETS = z.record(z.string(), z.string())
/** As dear to a guesser as N = 2^17 with p = 1, in 32 MiB instead of 128: every command of a computer without a keychain pays this. */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const
const NONCE_BYTES = 12
const TAG_BYTES = 16
const OWNER_ONLY = 0o600

/** What a passphrase becomes under one header: the key, and a value that tells a right passphrase from a damaged file. */
interface Derived {
  readonly headerLine: string
  readonly key: Buffer
}

/**
 * `secrets.sealed`: two lines of text, the header as JSON and, in base64, nonce ‖ AES-256-GCM(JSON of the map) ‖ tag with the header's bytes as
 * additional data. scrypt (RFC 7914) makes 64 bytes of the passphrase: the key, and a commitment kept in the header, so that a wrong passphrase
 * (`passphrase-wrong`) and a damaged file (`settings-invalid`) are told apart. The salt stays for the file's life, the nonce is new at each write.
 * The derived key stays in memory: deriving it takes a good part of a second.
 */
export function sealedSecretFile(path: string, passphrase: Secret): SecretMapFile {
  let derived: Derived | undefined

  const unlock = async (headerLine: string): Promise<Derived> => {
    if (derived?.headerLine === headerLine) return derived
    const header = parseHeader(path, headerLine)
    const { key, commit } = await derive(passphrase, header)
    const expected = Buffer.from(header.commit, 'base64')
    if (expected.length !== commit.length || !timingSafeEqual(expected, commit)) {
      throw new EverstowError('passphrase-wrong', { data: { path } })
    }
    derived = { headerLine, key }
    return derived
  }

  const readText = async (): Promise<string | undefined> =>
    (await nodeFiles.stat(path)) ? nodeFiles.readText(path) : undefined

  return {
    kind: 'sealed-file',

    async read() {
      const text = await readText()
      if (text === undefined) return new Map()
      const [headerLine = '', body = ''] = text.split('\n')
      const { key } = await unlock(headerLine)
      return open(path, key, headerLine, body)
    },

    async write(map) {
      // The header there is goes on being used; the caller holds the lock and has just read it, so it fits our passphrase.
      const headerLine = (await readText())?.split('\n')[0]
      const { headerLine: line, key } = headerLine ? await unlock(headerLine) : await start(passphrase)
      derived = { headerLine: line, key }
      await nodeFiles.writeAtomic(path, `${line}\n${seal(key, line, map)}\n`, { mode: OWNER_ONLY })
    },
  }
}

/** A fresh header and its key. */
async function start(passphrase: Secret): Promise<Derived> {
  const cost = { ...COST, salt: randomBytes(32).toString('base64') }
  const { key, commit } = await derive(passphrase, cost)
  const header: Header = {
    format: 'everstow-secrets',
    version: 1,
    kdf: 'scrypt',
    ...cost,
    commit: commit.toString('base64'),
  }
  return { headerLine: JSON.stringify(header), key }
}

function parseHeader(path: string, line: string): Header {
  try {
    return HEADER.parse(JSON.parse(line))
  } catch (error) {
    throw new EverstowError('settings-invalid', { data: { path, reason: 'header' }, cause: error })
  }
}

function derive(
  passphrase: Secret,
  { N, r, p, salt }: Pick<Header, 'N' | 'r' | 'p' | 'salt'>,
): Promise<{ key: Buffer; commit: Buffer }> {
  return new Promise((resolve, reject) => {
    // scrypt needs 128·N·r bytes; Node refuses more than 32 MiB unless told.
    const options = { N, r, p, maxmem: 128 * N * r + 128 * r * (p + 1) + 1024 * 1024 }
    // The same passphrase typed on different systems may come composed or decomposed.
    scrypt(passphrase.reveal().normalize('NFC'), Buffer.from(salt, 'base64'), 64, options, (error, bytes) => {
      if (error) reject(error)
      else resolve({ key: bytes.subarray(0, 32), commit: bytes.subarray(32) })
    })
  })
}

function seal(key: Buffer, headerLine: string, map: ReadonlyMap<string, string>): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(headerLine))
  const text = JSON.stringify(Object.fromEntries(map))
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
    'base64',
  )
}

function open(path: string, key: Buffer, headerLine: string, body: string): Map<string, string> {
  try {
    const bytes = Buffer.from(body, 'base64')
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new RangeError('The sealed part is too short')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(Buffer.from(headerLine))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
    return new Map(Object.entries(SECRETS.parse(JSON.parse(text.toString('utf8')))))
  } catch {
    // No cause: once the seal is open its message could quote secrets.
    throw new EverstowError('settings-invalid', { data: { path, reason: 'damaged' } })
  }
}
