import { EverstowError } from '../../model/errors.ts'

/** How a name of the journal is written on this disk, and back. Both are exact inverses of each other. */
export interface LocalNames {
  /** Throws `invalid-input` for what is no name at all: such a journal is not obeyed. */
  toLocal(name: string): string
  fromLocal(local: string): string
}

/** Where names may be anything but `.`, `..`, and hold neither `/` nor a null byte. */
const POSIX_NAMES: LocalNames = {
  toLocal: (name) => expectName(name),
  fromLocal: (local) => local,
}

/** What Windows does not take in a name is written as `%XX` there. */
const WINDOWS_NAMES: LocalNames = {
  toLocal: (name) => escaped(expectName(name)),
  fromLocal(local) {
    const plain = unescaped(local)
    return plain !== local && isName(plain) && escaped(plain) === local ? plain : local
  },
}

export function localNames(platform: NodeJS.Platform): LocalNames {
  return platform === 'win32' ? WINDOWS_NAMES : POSIX_NAMES
}

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')
}

function expectName(name: string): string {
  if (!isName(name)) throw new EverstowError('invalid-input', { data: { name }, message: 'not a name' })
  return name
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: Windows refuses them in names.
const FORBIDDEN = /[<>:"|?*\\\u0001-\u001f]/g
const ESCAPE = /%[0-9A-F]{2}/g
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])[ ]*(\.|$)/i

const code = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

/** A name is escaped when Windows does not take it, or when it looks just like another one's escape; all of it then, so that the way back is clear. */
function escaped(name: string): string {
  const whole = fullyEscaped(name)
  const isAllowed = whole === name.replace(ESCAPE, (each) => `%25${each.slice(1)}`)
  if (!isAllowed) return whole
  const plain = unescaped(name)
  return plain !== name && isName(plain) && escaped(plain) === name ? whole : name
}

function fullyEscaped(name: string): string {
  return name
    .replace(ESCAPE, (each) => `%25${each.slice(1)}`)
    .replace(FORBIDDEN, code)
    .replace(RESERVED, (match) => code(match) + match.slice(1))
    .replace(/[. ]$/, code)
}

const unescaped = (name: string): string =>
  name.replace(ESCAPE, (each) => String.fromCharCode(Number.parseInt(each.slice(1), 16)))
