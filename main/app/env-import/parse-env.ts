import { EverstowError } from '../../engine/model/errors.ts'

/** One setting of an `.env` file. */
export interface EnvEntry {
  readonly name: string
  readonly value: string
  /** 1 is the first line. */
  readonly line: number
}

const MAX_LINE = 64 * 1024
const NAME = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/
const QUOTES: Readonly<Record<string, RegExp>> = {
  // The closing quote, then at most a comment.
  '"': /^"((?:[^"\\]|\\[\s\S])*)"[ \t]*(?:#.*)?$/,
  "'": /^'([^']*)'[ \t]*(?:#.*)?$/,
}
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' }

/**
 * Reads an `.env` file: `NAME=value`, optional `export`, `#` comments, single quotes (literal), double quotes (`\n`, `\t`, `\"`, `\\`), a byte-order mark
 * and Windows line ends. Values stay on one line. Throws `env-file-invalid` naming the line; a later line of the same name wins.
 */
export function parseEnv(text: string): EnvEntry[] {
  const entries = new Map<string, EnvEntry>()
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  for (const [at, line] of lines.entries()) {
    const number = at + 1
    const content = line.trim()
    if (line.length > MAX_LINE) throw invalid(number, 'too-long')
    if (content === '' || content.startsWith('#')) continue
    const match = NAME.exec(content)
    if (!match?.[1]) throw invalid(number, 'no-name')
    if (content.includes('\0')) throw invalid(number, 'nul')
    const value = readValue(content.slice(match[0].length), number)
    entries.set(match[1], { name: match[1], value, line: number })
  }
  return [...entries.values()]
}

function readValue(raw: string, line: number): string {
  const quote = raw[0] ?? ''
  const closed = Object.hasOwn(QUOTES, quote) ? QUOTES[quote] : undefined
  if (!closed) return raw.replace(/(?:^|[ \t]+)#.*$/, '').trim()
  const match = closed.exec(raw)
  if (match?.[1] === undefined) throw invalid(line, 'unclosed-quote')
  return quote === '"'
    ? match[1].replace(/\\([\s\S])/g, (whole, letter: string) => ESCAPES[letter] ?? whole)
    : match[1]
}

/** The reason is one of our words; the line's content may hold a secret and stays out. */
function invalid(line: number, reason: string): EverstowError {
  return new EverstowError('env-file-invalid', { data: { line, reason } })
}
