/** Part of a text: what can be seen, or one character that cannot, by its number. */
export type TextPart =
  | { readonly text: string; readonly code?: undefined }
  | { readonly code: string; readonly text?: undefined }

/**
 * Controls, marks that turn the direction of what stands beside them, spaces of no width, halves of letters: whatever shows nothing, or shows
 * other text than is there. Tabs, line ends and the joiners of scripts and emoji are as they should be.
 */
const HIDDEN = /(?![\t\n]|\u200c|\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]/gu

/** A text with what is hidden in it set apart. On one line, its tabs and line ends are, too. */
export function partsOfText(text: string, isOneLine = false): TextPart[] {
  const parts: TextPart[] = []
  let at = 0
  for (const { 0: sign, index } of text.matchAll(isOneLine ? ONE_LINE : HIDDEN)) {
    if (index > at) parts.push({ text: text.slice(at, index) })
    parts.push({ code: nameOf(sign) })
    at = index + sign.length
  }
  if (at < text.length) parts.push({ text: text.slice(at) })
  return parts
}

const ONE_LINE = new RegExp(`${HIDDEN.source}|[\\t\\n]`, 'gu')

function nameOf(sign: string): string {
  if (sign === '\n') return '↵'
  if (sign === '\t') return '⇥'
  return `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** The beginning of a text, never half a letter. */
export function beginningOf(text: string, most: number): string {
  if (text.length <= most) return text
  const isHalf = /[\ud800-\udbff]/.test(text[most - 1] ?? '')
  return text.slice(0, isHalf ? most - 1 : most)
}
