import { wordlist } from '@scure/bip39/wordlists/english.js'

/** Words of a kit. */
export const KIT_WORDS = 24
/** No two words of the list begin with the same four letters. */
const TELLING_LETTERS = 4
const WORDS: ReadonlySet<string> = new Set(wordlist)
const BY_BEGINNING: ReadonlyMap<string, string> = new Map(
  wordlist.map((word) => [word.slice(0, TELLING_LETTERS), word]),
)

/** What a person typed of a kit so far: how many words, and which of them cannot be right. */
export interface TypedWords {
  readonly count: number
  readonly unknown: readonly { readonly number: number; readonly word: string }[]
}

/** Looks at typed or pasted words: any case, numbered or not, with commas or lines between them. The last one may still be on its way. */
export function typedWordsOf(text: string): TypedWords {
  const words = text
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean)
  const stillTyping = /[a-z]$/i.test(text)
  const unknown = words.flatMap((word, index) => {
    const unfinished = stillTyping && index === words.length - 1 && words.length < KIT_WORDS
    const known = WORDS.has(word) || isBeginning(word)
    return known || unfinished ? [] : [{ number: index + 1, word }]
  })
  return { count: words.length, unknown }
}

function isBeginning(typed: string): boolean {
  const word = BY_BEGINNING.get(typed.slice(0, TELLING_LETTERS))
  return typed.length >= TELLING_LETTERS && word?.startsWith(typed) === true
}
