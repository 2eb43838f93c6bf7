import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { type Random, randomHex } from '../../env/random.ts'
import { Secret, type SecretStore } from '../../env/secrets.ts'
import { EverstowError } from '../../model/errors.ts'

/** A computer that signs what it writes into logs. */
export interface DeviceIdentity {
  /** 32 hex digits, random. */
  readonly id: string
  readonly name: string
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array
  /** 64 bytes over the bytes (Ed25519, RFC 8032). */
  sign(bytes: Uint8Array): Uint8Array
}

const LONGEST_NAME = 64
/** The fixed heads of Ed25519 keys in DER (RFC 8410); the 32 bytes follow. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')
const KEY_BYTES = 32

/** A new device whose private key is kept in the secret store from now on. */
export async function createDevice(
  secrets: SecretStore,
  random: Random,
  name: string,
): Promise<DeviceIdentity> {
  const id = randomHex(random, 16)
  const pkcs8 = Buffer.concat([PKCS8_HEAD, random.bytes(KEY_BYTES)])
  await secrets.set(secretName(id), new Secret(pkcs8.toString('base64')))
  return identity(id, name, pkcs8)
}

/**
 * The device as it was created, or undefined where its key is gone: then it is another device and gets another id, because logs bind id and key.
 * Fails with `key-missing` where what is kept is no key.
 */
export async function loadDevice(
  secrets: SecretStore,
  device: { readonly id: string; readonly name: string },
): Promise<DeviceIdentity | undefined> {
  const kept = await secrets.get(secretName(device.id))
  return kept && identity(device.id, device.name, Buffer.from(kept.reveal(), 'base64'))
}

/** Whether a device with this public key (32 bytes) signed the bytes. */
export function isSignedBy(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  return publicKey.length === KEY_BYTES && verify(null, bytes, publicKeyObject(publicKey), signature)
}

/** A host name as the name of a device: one line, no marks that a terminal obeys, at most 64 characters; `fallback` where nothing is left. */
export function deviceName(hostname: string, fallback: string): string {
  const line = hostname
    .normalize('NFC')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
  return Array.from(line).slice(0, LONGEST_NAME).join('').trim() || fallback
}

function identity(id: string, name: string, pkcs8: Buffer): DeviceIdentity {
  const privateKey = privateKeyObject(id, pkcs8)
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return {
    id,
    name,
    publicKey: new Uint8Array(spki.subarray(SPKI_HEAD.length)),
    sign: (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
  }
}

function privateKeyObject(id: string, pkcs8: Buffer): KeyObject {
  const sound = pkcs8.length === PKCS8_HEAD.length + KEY_BYTES && pkcs8.indexOf(PKCS8_HEAD) === 0
  if (!sound) throw new EverstowError('key-missing', { data: { device: id, reason: 'damaged' } })
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
}

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: 'der', type: 'spki' })
}

function secretName(deviceId: string): string {
  return `device/${deviceId}`
}
