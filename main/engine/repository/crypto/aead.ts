import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { freeBuffer } from '../../env/node/free-buffer.ts'
import { EverstowError } from '../../model/errors.ts'

const ALGORITHM = 'aes-256-gcm'
export const NONCE_BYTES = 12
export const TAG_BYTES = 16

/** Made once for each key: a cipher that is given bytes takes six times as long to begin (40 µs on Node 24). */
const keyObjects = new WeakMap<Uint8Array, KeyObject>()

function keyObjectOf(key: Uint8Array): KeyObject {
  const known = keyObjects.get(key)
  if (known) return known
  const made = createSecretKey(key)
  keyObjects.set(key, made)
  return made
}

/**
 * AES-256-GCM over the parts as one text: ciphertext with the tag appended.
 * A pair of key and nonce must never seal twice; each caller says why it cannot.
 */
export function seal(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  parts: readonly Uint8Array[],
): Uint8Array {
  let lengthBytes = TAG_BYTES
  for (const part of parts) lengthBytes += part.length
  const sealed = new Uint8Array(lengthBytes)
  sealInto(sealed, key, nonce, aad, parts)
  return sealed
}

/** As `seal`, into the start of `target`, which must be long enough; returns the number of bytes written. */
export function sealInto(
  target: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  parts: readonly Uint8Array[],
): number {
  const sealing = beginSeal(key, nonce, aad)
  let end = 0
  for (const part of parts) {
    const sealed = sealing.update(part)
    target.set(sealed, end)
    end += sealed.length
    freeBuffer(sealed)
  }
  target.set(sealing.end(), end)
  return end + TAG_BYTES
}

/** As `seal`, of parts that come one after another. */
export function beginSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array) {
  const cipher = createCipheriv(ALGORITHM, keyObjectOf(key), nonce)
  cipher.setAAD(aad)
  return {
    /** The part, sealed; a buffer of its own. */
    update: (part: Uint8Array): Uint8Array => cipher.update(part),
    /** The tag, which stands after all parts. */
    end(): Uint8Array {
      cipher.final()
      return cipher.getAuthTag()
    },
  }
}

/** The text under a seal; `data-damaged` (naming `what`) when a byte of it, its key, nonce or AAD is another. */
export function open(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
  what: string,
): Uint8Array {
  if (sealed.length < TAG_BYTES) throw unopenable(what)
  const end = sealed.length - TAG_BYTES
  const decipher = createDecipheriv(ALGORITHM, keyObjectOf(key), nonce)
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(0, end))
  try {
    decipher.final()
  } catch (cause) {
    throw unopenable(what, cause)
  }
  return plain
}

function unopenable(what: string, cause?: unknown): EverstowError {
  return new EverstowError('data-damaged', { data: { what, reason: 'seal' }, cause })
}
