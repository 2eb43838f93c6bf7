/** What is said of a text that is right so far; some of it only by where it stops. */
const ENDS_TOO_SOON = /Unexpected end|Unterminated string/
const POSITION = /at position (\d+)/

/** The line (from 1) in which a text that is no JSON goes wrong. What JSON.parse says itself names no line for some mistakes, and quotes what stands there. */
export function lineOfJsonError(text: string): number {
  const lines = text.split('\n')
  let right = 0
  let wrong = lines.length
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1
    if (isRightSoFar(`${lines.slice(0, middle).join('\n')}\n`)) right = middle
    else wrong = middle
  }
  return wrong
}

function isRightSoFar(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    const { message } = error as SyntaxError
    return ENDS_TOO_SOON.test(message) || Number(POSITION.exec(message)?.[1]) >= text.length
  }
}
