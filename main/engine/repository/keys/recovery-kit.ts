import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import type { Random } from '../../env/random.ts'
import { Secret } from '../../env/secrets.ts'
import { EverstowError } from '../../model/errors.ts'

/** 256 bits and 8 bits of checksum, 11 bits a word (BIP-39, English list). */
const KIT_WORDS = 24
const ENTROPY_BYTES = 32
/** No two words of the list begin with the same four letters. */
const TELLING_LETTERS = 4
/** From here on a text is taken for the words of a kit, with mistakes, rather than for a passphrase. */
const WORDS_OF_A_KIT = 12
const CODE_PREFIX = 'everstow-kit:'
const CODE = /^everstow-kit:1:([0-9a-f]{32}):(.+)$/s

const WORDS: ReadonlySet<string> = new Set(wordlist)
const BY_TELLING_LETTERS: ReadonlyMap<string, string> = new Map(
  wordlist
    .filter((word) => word.length >= TELLING_LETTERS)
    .map((word) => [word.slice(0, TELLING_LETTERS), word]),
)

/** The words of a new kit, separated by spaces. */
export function createRecoveryWords(random: Random): Secret {
  return wordsOf(random.bytes(ENTROPY_BYTES))
}

/** 32 bytes as 24 words, separated by spaces. */
export function wordsOf(entropy: Uint8Array): Secret {
  if (entropy.length !== ENTROPY_BYTES) throw new RangeError(`A kit holds ${ENTROPY_BYTES} bytes`)
  return new Secret(entropyToMnemonic(entropy, wordlist))
}

/**
 * The 32 bytes behind 24 words as a person types them: any case, numbered or not, on any lines, with commas, words cut after four letters; or the
 * text of the QR code. Never guesses: what is not clearly a word of the list fails with `recovery-words-wrong` and, where there are 24 of them, says
 * which (`data: { reason, count, position, word }`). Of another number of words none is named, for they may be anything.
 */
export function entropyOf(words: Secret): Uint8Array {
  const typed = typedWords(words.reveal())
  const count = typed.length
  if (count !== KIT_WORDS)
    throw new EverstowError('recovery-words-wrong', { data: { reason: 'count', count } })
  const meant = typed.map((word, index) => {
    const known = knownWord(word)
    if (known === undefined) {
      const data = { reason: 'unknown-word', count, position: index + 1, word }
      throw new EverstowError('recovery-words-wrong', { data })
    }
    return known
  })
  try {
    return mnemonicToEntropy(meant.join(' '), wordlist)
  } catch {
    // The list and the number are right, so this is the checksum: some word is another one. No cause, it could quote the words.
    throw new EverstowError('recovery-words-wrong', { data: { reason: 'checksum', count } })
  }
}

/** Whether somebody typed, or mistyped, the words of a kit and not a passphrase. */
export function meantAsWords(secret: Secret): boolean {
  return typedWords(secret.reveal()).filter((word) => knownWord(word) !== undefined).length >= WORDS_OF_A_KIT
}

/** What the QR code of a kit says: its repository and words, for a phone or scanner to type. */
export function kitCode(repoIdHex: string, words: Secret): Secret {
  return new Secret(`${CODE_PREFIX}1:${repoIdHex}:${words.reveal()}`)
}

/** Lower-case words without numbers and marks. */
function typedWords(text: string): string[] {
  const plain = text.normalize('NFKD').toLowerCase().trim()
  return (CODE.exec(plain)?.[2] ?? plain)
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .map((word) => word.replace(/^\p{N}+/u, ''))
    .filter((word) => word !== '')
}

function knownWord(typed: string): string | undefined {
  if (WORDS.has(typed)) return typed
  const word = BY_TELLING_LETTERS.get(typed.slice(0, TELLING_LETTERS))
  return word?.startsWith(typed) && typed.length >= TELLING_LETTERS ? word : undefined
}
