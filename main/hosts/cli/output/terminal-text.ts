// Names of files come from anywhere; what a terminal would obey or be confused by is shown as an escape.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal
const DANGEROUS = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x1b': '\\e' }
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u
/** Each character is one column, and needs no knowledge of scripts. */
const PLAIN = /^[\x20-\x7e]*$/
let segmenter: Intl.Segmenter | undefined

/** What a person sees as characters. */
function* graphemesOf(text: string): Iterable<string> {
  if (PLAIN.test(text)) return yield* text
  // Made when it is needed: the first costs a command ten milliseconds.
  segmenter ??= new Intl.Segmenter()
  for (const { segment } of segmenter.segment(text)) yield segment
}

/** Text that is safe on a terminal and stays on its line. */
export function safeText(text: string): string {
  return text.replace(DANGEROUS, (each) => NAMED[each] ?? `\\u{${each.codePointAt(0)?.toString(16)}}`)
}

/** A value as JSON with nothing in it that a terminal would obey: still the same JSON, the letters in question as escapes. */
export function safeJson(value: unknown, indent?: number): string {
  // Line ends are of the layout: those in texts are escapes already.
  return JSON.stringify(value ?? null, null, indent).replace(DANGEROUS, (each) =>
    each === '\n' ? each : `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Columns a text takes. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const segment of graphemesOf(text)) width += WIDE.test(segment) ? 2 : 1
  return width
}

/** The end of a text that fits into so many columns: of a path the end says more. */
export function keepEnd(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  const kept: string[] = []
  let width = 1
  for (const segment of [...graphemesOf(text)].reverse()) {
    width += widthOf(segment)
    if (width > columns) break
    kept.unshift(segment)
  }
  return `…${kept.join('')}`
}
