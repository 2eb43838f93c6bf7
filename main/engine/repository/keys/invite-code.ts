import type { Random } from '../../env/random.ts'
import { Secret } from '../../env/secrets.ts'
import { EverstowError } from '../../model/errors.ts'

/**
 * None of them looks like another, in capitals or written by hand: no 0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V. Their number is prime, which makes the check letter
 * tell every single wrong letter and every two neighbours that changed places.
 */
const LETTERS = '3479ACDEFGHJKMNPQRTVWXY'
const PRIME = LETTERS.length
/** 23 random letters of 23: 104 bits. The 24th is the check. */
const RANDOM_LETTERS = 23
const WHOLE = RANDOM_LETTERS + 1
/** A generator of the residues of 23: neighbours have different weights. */
const WEIGHT_BASE = 5
const CODE_PREFIX = /^everstow-invite:1:/i

/** The code of a new invite, in groups of four letters. */
export function createInviteCode(random: Random): Secret {
  const values: number[] = []
  // Bytes from the largest multiple of 23 on would make some letters likelier.
  const fair = 256 - (256 % PRIME)
  while (values.length < RANDOM_LETTERS)
    for (const byte of random.bytes(RANDOM_LETTERS))
      if (byte < fair && values.length < RANDOM_LETTERS) values.push(byte % PRIME)
  const letters = [...values, checkOf(values)].map((value) => LETTERS[value]).join('')
  return new Secret(letters.replace(/(.{4})(?=.)/g, '$1-'))
}

/** What the QR code of an invite says. */
export function inviteLink(code: Secret): Secret {
  return new Secret(`everstow-invite:1:${code.reveal()}`)
}

/** Whether a text can be the code of an invite, as it is, or as somebody mistyped one; of the length of a code in any case. */
export function meantAsInvite(secret: Secret): boolean {
  const text = secret.reveal().trim()
  return CODE_PREFIX.test(text) || /^[a-z0-9]{4}(?:[ -][a-z0-9]{4}){5}$/i.test(text) || isCode(secret)
}

/** The 24 letters of a code as people type it: any case, with or without what stands between the groups. Throws `invite-wrong` where it is none. */
export function lettersOf(secret: Secret): string {
  const letters = secret
    .reveal()
    .trim()
    .replace(CODE_PREFIX, '')
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]+/gu, '')
  const values = Array.from(letters, (letter) => LETTERS.indexOf(letter))
  const isSound =
    values.length === WHOLE && !values.includes(-1) && checkOf(values.slice(0, -1)) === values.at(-1)
  if (!isSound) throw new EverstowError('invite-wrong', { data: { reason: 'mistyped' } })
  return letters
}

function isCode(secret: Secret): boolean {
  try {
    lettersOf(secret)
    return true
  } catch {
    return false
  }
}

/** The letter that makes the weighted sum of all a multiple of 23. */
function checkOf(values: readonly number[]): number {
  // The check letter itself has the weight 1, its neighbour must not.
  let weight = WEIGHT_BASE
  let sum = 0
  for (const value of values) {
    sum += value * weight
    weight = (weight * WEIGHT_BASE) % PRIME
  }
  return (PRIME - (sum % PRIME)) % PRIME
}
