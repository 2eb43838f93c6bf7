import { lettersOf, linesOf, type Pieces } from './texts.ts'

/** A line in which a text was found. */
export interface FoundLine {
  readonly line: number
  readonly excerpt: string
}

/** A file with a longer line is not looked through. */
const MOST_LINE_LETTERS = 64 * 1024 * 1024
const LETTERS_AROUND = 80

/** Lines that have a text, whatever its case, from the first on; at most `limit`. */
export async function findText(pieces: Pieces, text: string, limit: number): Promise<FoundLine[]> {
  const wanted = text.toLowerCase()
  const found: FoundLine[] = []
  let number = 0
  for await (const line of linesOf(lettersOf(pieces, 'text', false), MOST_LINE_LETTERS)) {
    number++
    const at = line.toLowerCase().indexOf(wanted)
    if (at < 0) continue
    found.push({ line: number, excerpt: around(line, at, wanted.length) })
    if (found.length >= limit) break
  }
  return found
}

function around(line: string, at: number, length: number): string {
  const start = Math.max(0, at - LETTERS_AROUND)
  const end = Math.min(line.length, at + length + LETTERS_AROUND)
  return `${start > 0 ? '…' : ''}${line.slice(start, end).toWellFormed()}${end < line.length ? '…' : ''}`
}
