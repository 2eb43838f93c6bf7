import { describe, expect, test } from 'vitest'
import { createFakeRandom } from '../../../../main/engine/env/fake/fake-random.ts'
import { Secret } from '../../../../main/engine/env/secrets.ts'
import {
  createInviteCode,
  inviteLink,
  lettersOf,
  meantAsInvite,
} from '../../../../main/engine/repository/keys/invite-code.ts'

const LETTERS = '3479ACDEFGHJKMNPQRTVWXY'
const code = (seed: number) => createInviteCode(createFakeRandom(seed)).reveal()
const isRight = (text: string) => {
  try {
    lettersOf(new Secret(text))
    return true
  } catch {
    return false
  }
}

describe('the code of an invite', () => {
  test('has more than 100 random bits in letters that nobody mistakes, in groups of four', () => {
    expect(23 * Math.log2(LETTERS.length)).toBeGreaterThan(104)
    const counts = new Map<string, number>()
    for (let seed = 1; seed <= 400; seed++) {
      const text = code(seed)
      expect(text).toMatch(/^[3479ACDEFGHJKMNPQRTVWXY]{4}(-[3479ACDEFGHJKMNPQRTVWXY]{4}){5}$/)
      for (const letter of text.replaceAll('-', '').slice(0, 23))
        counts.set(letter, (counts.get(letter) ?? 0) + 1)
    }
    // 9,200 letters: 400 of each on average, with a spread of 20.
    expect(counts.size).toBe(LETTERS.length)
    for (const count of counts.values()) expect(Math.abs(count - 400)).toBeLessThan(120)
  })

  test('is read however it is typed', () => {
    const text = code(1)
    const letters = text.replaceAll('-', '')
    for (const typed of [
      text,
      letters,
      text.toLowerCase(),
      `  ${text.replaceAll('-', ' ')}\n`,
      text.replaceAll('-', '\u2011'),
      inviteLink(new Secret(text)).reveal(),
    ]) {
      expect(lettersOf(new Secret(typed)), typed).toBe(letters)
      expect(meantAsInvite(new Secret(typed)), typed).toBe(true)
    }
  })

  test('tells every wrong letter and every two neighbours that changed places', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const letters = code(seed).replaceAll('-', '')
      for (let at = 0; at < letters.length; at++) {
        for (const other of LETTERS)
          if (other !== letters[at])
            expect(isRight(letters.slice(0, at) + other + letters.slice(at + 1))).toBe(false)
        const [one, next] = [letters[at], letters[at + 1]]
        if (next !== undefined && one !== next)
          expect(isRight(letters.slice(0, at) + next + one + letters.slice(at + 2))).toBe(false)
      }
    }
  })

  test('is neither words nor a passphrase, and no error quotes it', () => {
    const words = 'abandon ability able about above absent absorb abstract absurd abuse access accident'
    for (const text of ['', 'correct-horse-battery-staple', words, 'X'.repeat(24), '1234'])
      expect(meantAsInvite(new Secret(text)), text).toBe(false)
    const mistyped = `3${code(3).slice(1)}`.replace(/^33/, '34')
    expect(meantAsInvite(new Secret(mistyped))).toBe(true)
    try {
      lettersOf(new Secret(mistyped))
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'invite-wrong', data: { reason: 'mistyped' } })
      expect(JSON.stringify([error, String(error)])).not.toContain(mistyped.slice(5, 9))
    }
  })
})
