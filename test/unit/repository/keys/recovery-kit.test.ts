import { wordlist } from '@scure/bip39/wordlists/english.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFakeRandom } from '../../../../main/engine/env/fake/fake-random.ts'
import { Secret } from '../../../../main/engine/env/secrets.ts'
import { generatePassphrase } from '../../../../main/engine/repository/keys/passphrase.ts'
import {
  createRecoveryWords,
  entropyOf,
  kitCode,
  meantAsWords,
  wordsOf,
} from '../../../../main/engine/repository/keys/recovery-kit.ts'
import { failure } from './ground.ts'

const ENTROPY = fc.uint8Array({ minLength: 32, maxLength: 32 })
const REPOSITORY = '00112233445566778899aabbccddeeff'

/** BIP-39's own test vectors for 256 bits. */
const VECTORS = [
  ['00'.repeat(32), `${'abandon '.repeat(23)}art`],
  [
    '7f'.repeat(32),
    `${'legal winner thank year wave sausage worth useful '.repeat(3).split(' ').slice(0, 23).join(' ')} title`,
  ],
  ['ff'.repeat(32), `${'zoo '.repeat(23)}vote`],
  [
    'f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f',
    'void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold',
  ],
] as const

const read = (text: string) => Buffer.from(entropyOf(new Secret(text))).toString('hex')

describe('the words of a kit', () => {
  test('are those of BIP-39', () => {
    for (const [entropy, words] of VECTORS) {
      expect(wordsOf(Buffer.from(entropy, 'hex')).reveal()).toBe(words)
      expect(read(words)).toBe(entropy)
    }
  })

  test('are 24, new each time, and do not print themselves', () => {
    const random = createFakeRandom('kit')
    const words = createRecoveryWords(random)
    expect(words.reveal().split(' ')).toHaveLength(24)
    expect(createRecoveryWords(random).reveal()).not.toBe(words.reveal())
    expect(`${words} ${JSON.stringify({ words })}`).toBe('*** {"words":"***"}')
    expect(() => wordsOf(new Uint8Array(31))).toThrow(RangeError)
  })

  test('stand for the same 32 bytes however they are typed', () => {
    const numbering = fc.constantFrom('', '#. ', '#) ', '#.', '#: ', '(#) ', '# ', '#')
    const between = fc.constantFrom(
      ' ',
      '  ',
      '\n',
      '\r\n',
      '\t',
      ', ',
      ',',
      '; ',
      ' - ',
      ' | ',
      '\u00a0',
      '.\n',
    )
    const spelling = fc.constantFrom(
      (word: string) => word,
      (word: string) => word.toUpperCase(),
      (word: string) => word.slice(0, 4),
      (word: string) => (word[0] ?? '').toUpperCase() + word.slice(1),
      (word: string) => word.slice(0, Math.max(4, word.length - 1)),
      (word: string) =>
        [...word].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)).join(''),
    )
    const way = fc.tuple(numbering, between, fc.array(spelling, { minLength: 24, maxLength: 24 }))
    fc.assert(
      fc.property(ENTROPY, way, (entropy, [number, gap, spellings]) => {
        const typed = wordsOf(entropy)
          .reveal()
          .split(' ')
          .map((word, index) => number.replace('#', String(index + 1)) + (spellings[index]?.(word) ?? word))
        expect(read(`${gap}${typed.join(gap)}${gap}`)).toBe(Buffer.from(entropy).toString('hex'))
      }),
      { numRuns: 300 },
    )
  })

  test('are told apart by their first four letters, all 2048', () => {
    expect(wordlist).toHaveLength(2048)
    expect(new Set(wordlist.map((word) => word.slice(0, 4))).size).toBe(2048)
  })

  test('with a mistake name the first that is none, never guess, never show the others', async () => {
    const words = wordsOf(Buffer.alloc(32, 7)).reveal().split(' ')
    for (const wrong of ['zzzz', 'abou1', 'aboutt', 'ab', 'zo', 'abandonned', 'éclair', 'constructor']) {
      const typed = words.with(16, wrong).join(' ')
      const error = await failure(() => entropyOf(new Secret(typed)))
      expect(error.code, wrong).toBe('recovery-words-wrong')
      expect([error.data.position, error.data.word], wrong).toEqual([17, wrong.normalize('NFKD')])
      for (const word of words) expect(JSON.stringify(error.data)).not.toContain(`"${word}"`)
    }
  })

  test('of another number are counted and none is named: they may be a passphrase', async () => {
    const words = wordsOf(Buffer.alloc(32, 9)).reveal().split(' ')
    for (const [typed, count] of [
      [words.slice(1).join(' '), 23],
      [[...words, 'zoo'].join(' '), 25],
      ['', 0],
      ['my secret passphrase', 3],
    ] as const) {
      const { code, data, message, cause } = await failure(() => entropyOf(new Secret(typed)))
      expect([code, data, cause]).toEqual(['recovery-words-wrong', { reason: 'count', count }, undefined])
      expect(message).not.toContain('secret')
    }
  })

  test('with one changed for another of the list are refused by the checksum, but for about one in 256', () => {
    const words = wordsOf(Buffer.alloc(32, 3)).reveal().split(' ')
    let passed = 0
    for (const word of wordlist) {
      try {
        entropyOf(new Secret(words.with(5, word).join(' ')))
        passed++
      } catch {
        // Refused, as most are.
      }
    }
    expect(passed).toBeGreaterThan(0)
    expect(passed).toBeLessThan(24)
  })

  test('swapped are refused', async () => {
    const words = VECTORS[3][1].split(' ')
    const swapped = [words[1], words[0], ...words.slice(2)].join(' ')
    expect((await failure(() => entropyOf(new Secret(swapped)))).data.reason).toBe('checksum')
  })

  test('come out of the QR code as well', () => {
    fc.assert(
      fc.property(ENTROPY, (entropy) => {
        const code = kitCode(REPOSITORY, wordsOf(entropy)).reveal()
        expect(code.startsWith(`everstow-kit:1:${REPOSITORY}:`)).toBe(true)
        expect(read(code)).toBe(Buffer.from(entropy).toString('hex'))
        expect(read(` ${code.toUpperCase()}\n`)).toBe(Buffer.from(entropy).toString('hex'))
      }),
      { numRuns: 50 },
    )
  })

  test('never crash on anything typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(() => entropyOf(new Secret(text))).toThrow(
          expect.objectContaining({ code: 'recovery-words-wrong' }),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('are told from a passphrase', () => {
    const words = wordsOf(Buffer.alloc(32, 5)).reveal()
    expect(meantAsWords(new Secret(words))).toBe(true)
    expect(meantAsWords(new Secret(words.split(' ').slice(0, 20).join(' ')))).toBe(true)
    expect(meantAsWords(new Secret('correct horse battery staple'))).toBe(false)
    expect(meantAsWords(generatePassphrase(createFakeRandom('x')))).toBe(false)
  })
})

describe('a generated passphrase', () => {
  test('is seven words of the list with hyphens', () => {
    const random = createFakeRandom('passphrase')
    for (let round = 0; round < 200; round++) {
      const words = generatePassphrase(random).reveal().split('-')
      expect(words).toHaveLength(7)
      for (const word of words) expect(wordlist).toContain(word)
    }
  })

  test('takes each word equally often', () => {
    const random = createFakeRandom('uniform')
    const counts = new Map<string, number>()
    const rounds = 20_000
    for (let round = 0; round < rounds; round++) {
      for (const word of generatePassphrase(random).reveal().split('-'))
        counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    const expected = (rounds * 7) / 2048
    const chiSquare = wordlist.reduce(
      (sum, word) => sum + ((counts.get(word) ?? 0) - expected) ** 2 / expected,
      0,
    )
    // 2047 degrees of freedom: mean 2047, standard deviation 64; six of them.
    expect(chiSquare).toBeGreaterThan(2047 - 384)
    expect(chiSquare).toBeLessThan(2047 + 384)
  })
})
