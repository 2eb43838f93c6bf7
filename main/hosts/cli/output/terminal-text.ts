// Names of files come from anywhere; what a terminal would obey or be confused by is shown as an escape.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal
const DANGEROUS = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x1b': '\\e' }
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u
const graphemes = new Intl.Segmenter()

/** Text that is safe on a terminal and stays on its line. */
export function safeText(text: string): string {
  return text.replace(DANGEROUS, (each) => NAMED[each] ?? `\\u{${each.codePointAt(0)?.toString(16)}}`)
}

/** Columns a text takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1
  return width
}

/** The end of a text that fits into so many columns: of a path the end says more. */
export function keepEnd(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  const kept: string[] = []
  let width = 1
  for (const { segment } of [...graphemes.segment(text)].reverse()) {
    width += widthOf(segment)
    if (width > columns) break
    kept.unshift(segment)
  }
  return `…${kept.join('')}`
}
