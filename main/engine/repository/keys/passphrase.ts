import { wordlist } from '@scure/bip39/wordlists/english.js'
import type { Random } from '../../env/random.ts'
import { Secret } from '../../env/secrets.ts'

const WORD_COUNT = 7
const SEPARATOR = '-'

/**
 * A passphrase that a person can type and say: seven words of the BIP-39 English list, each of 2048 equally likely, so 77 bits. A guesser who knows
 * all this still has to run scrypt 2^76 times on average; a machine that tries a million a second would need two billion years.
 */
export function generatePassphrase(random: Random): Secret {
  const bytes = Buffer.from(random.bytes(WORD_COUNT * 2))
  // 2048 divides 65536: the rest of the division is as uniform as the bytes.
  const words = Array.from(
    { length: WORD_COUNT },
    (_, index) => wordlist[bytes.readUInt16LE(index * 2) % wordlist.length],
  )
  return new Secret(words.join(SEPARATOR))
}
