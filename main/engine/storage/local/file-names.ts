import { join } from 'node:path'

/**
 * Keys as file names, reversibly and the same on every system, so that a drive can be read anywhere. Ordinary names stay as they are.
 *
 * - `%XX` stands for a character that some file system refuses: `% < > : " | ? * \`, a dot or blank at the end, the first letter of a Windows device
 *   name (`con.txt` → `%63on.txt`), the dot of names that are ours (`.everstow…`, `.tmp-…`).
 * - A segment longer than 200 bytes goes into nested folders whose names end in `%~` ("continued").
 *
 * The rules of Windows names: learn.microsoft.com/windows/win32/fileio/naming-a-file.
 */
const MAX_NAME_BYTES = 200
/** A piece of a long segment stays this far below, for what encoding its first and last character may add. */
const PIECE_BYTES = MAX_NAME_BYTES - 12
const CONTINUED = '%~'
const UNSAFE = /[%<>:"|?*\\]/g
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i
const OURS = /^\.(?=everstow|tmp-)/i

/** The path of a key below `base`. */
export function pathOfKey(base: string, key: string): string {
  return join(base, ...key.split('/').flatMap(namesOfSegment))
}

/** Whether a folder's entry is for our own use: never an object, never listed. */
export function isOwnName(name: string): boolean {
  return OURS.test(name)
}

/** Whether a folder only continues a long segment. */
export function isContinued(name: string): boolean {
  return name.endsWith(CONTINUED)
}

/** The segment that stands in these nested names; `undefined` where the names are not those we would give it: somebody else's files. */
export function segmentOfNames(names: readonly string[]): string | undefined {
  const encoded = names.map((name) => (isContinued(name) ? name.slice(0, -CONTINUED.length) : name)).join('')
  try {
    const segment = encoded.includes('%') ? decodeURIComponent(encoded) : encoded
    const expected = namesOfSegment(segment)
    return expected.length === names.length && expected.every((name, at) => name === names[at])
      ? segment
      : undefined
  } catch {
    // A percent sign that is no escape: not a name of ours.
    return undefined
  }
}

function namesOfSegment(segment: string): string[] {
  const whole = encodeName(segment)
  if (Buffer.byteLength(whole) <= MAX_NAME_BYTES) return [whole]
  const pieces: string[] = []
  let piece = ''
  let pieceBytes = 0
  for (const character of segment) {
    const bytes = Buffer.byteLength(character.replace(UNSAFE, percent))
    if (pieceBytes + bytes > PIECE_BYTES) {
      pieces.push(encodeName(piece) + CONTINUED)
      piece = ''
      pieceBytes = 0
    }
    piece += character
    pieceBytes += bytes
  }
  return [...pieces, encodeName(piece)]
}

function encodeName(text: string): string {
  return text
    .replace(UNSAFE, percent)
    .replace(/[. ]$/, percent)
    .replace(OURS, '%2E')
    .replace(DEVICE, (name) => percent(name.charAt(0)) + name.slice(1))
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
