/** Words of a kit that a person types back in the window; the engine is given all 24. */
const ASKED_WORDS = 3
/** No two words of the list begin with the same four letters. */
const TELLING_LETTERS = 4

/** Different positions of `total`, ascending, from random numbers in [0, 1). */
export function pickPositions(total: number, random: () => number): number[] {
  const left = Array.from({ length: total }, (_, index) => index)
  const picked = Array.from({ length: ASKED_WORDS }, () => {
    const [position = 0] = left.splice(Math.floor(random() * left.length), 1)
    return position
  })
  return picked.sort((a, b) => a - b)
}

/** Whether what was typed is this word: any case, and its first four letters are enough. */
export function isWord(typed: string, word: string): boolean {
  const plain = typed.trim().toLowerCase()
  return plain === word || (plain.length >= TELLING_LETTERS && word.startsWith(plain))
}

/** A number in [0, 1) that nobody can foresee. */
export function unforeseeable(): number {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1))
  return number / 2 ** 32
}
