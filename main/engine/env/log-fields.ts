import { EverstowError } from '../model/errors.ts'
import { Secret } from './secrets.ts'

const MASK = '***'
const DEEPEST = 8
const MOST_ENTRIES = 100
const LONGEST_TEXT = 8192

/**
 * Field names whose text is never shown, after dropping case and separators. A second line of defence: secrets should be `Secret` objects,
 * but answers and errors of other people's libraries are not ours.
 */
const SECRET_NAME =
  /password|passwd|passphrase|^pwd$|secret|token|authorization|apikey|accesskey|accountkey|privatekey|connectionstring|credential|cookie|signature|serviceaccountjson|recoverykey|masterkey/
/** Facts about a secret (its name, kind, file) rather than the secret. */
const ABOUT_A_SECRET = /(name|names|kind|file|path|count|ms|bytes|missing)$/

const SECRET_WORD =
  '(?:[\\w.-]*(?:password|passwd|passphrase|secret|token|signature|credential|(?:access|account|api|private)[_-]?key(?:[_-]?id)?)|sharedaccesssignature|pwd|sig)'

/** What a secret looks like inside a text, and what is left of it. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, MASK],
  [/\b((?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/gi, `$1${MASK}`],
  // user:password@ of a URL. The second form takes passwords with an unescaped slash; a port before a path is not one.
  [/(:\/\/)[^\s/?#]*@/g, `$1${MASK}@`],
  [/(:\/\/)[^\s/?#@:]*:(?!\d{1,5}\/)[^\s"]*@/g, `$1${MASK}@`],
  // ?sig=…, password=… of connection strings, "secret":"…" of JSON quoted by an error.
  [new RegExp(`(\\b${SECRET_WORD}=)[^;&\\s"']+`, 'gi'), `$1${MASK}`],
  [new RegExp(`("${SECRET_WORD}"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, 'gi'), `$1${MASK}`],
]

/** The text without what looks like a secret, cut at a length a log can bear. */
export function redactText(text: string): string {
  let shown = text
  if (text.length > LONGEST_TEXT) {
    // Cut at a space: half a URL no longer looks like one, and its password would show.
    const head = text.slice(0, LONGEST_TEXT)
    const end = Math.max(head.lastIndexOf(' '), head.lastIndexOf('\n'), 0)
    shown = `${head.slice(0, end)} … (${text.length} characters)`
  }
  for (const [pattern, replacement] of SECRET_TEXTS) shown = shown.replace(pattern, replacement)
  return shown
}

/** The fields as plain data that may be shown: secrets masked at any depth, errors spelt out, sizes bounded, cycles cut. */
export function loggableFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return entriesOf(fields, 0, new Set())
}

function loggable(value: unknown, depth: number, above: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value)
    case 'bigint':
      return value.toString()
    case 'symbol':
      return value.toString()
    case 'function':
      return undefined
    case 'object':
      return value === null ? null : loggableObject(value, depth, above)
    default:
      return value
  }
}

function loggableObject(value: object, depth: number, above: Set<object>): unknown {
  if (value instanceof Secret) return MASK
  if (above.has(value)) return '<circular>'
  if (depth >= DEEPEST) return '<deeper>'
  above.add(value)
  try {
    if (value instanceof Error) return errorFields(value, depth, above)
    if (Array.isArray(value)) return listOf(value, depth, above)
    if (value instanceof Set) return listOf([...value], depth, above)
    if (value instanceof Map) return entriesOf(Object.fromEntries([...value].map(nameEntry)), depth, above)
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
    if (value instanceof URL) return redactText(value.href)
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `<${value.byteLength} bytes>`
    const prototype: unknown = Object.getPrototypeOf(value)
    // Instances of classes (sockets, clients) are worlds of their own, with credentials somewhere inside.
    if (prototype !== null && prototype !== Object.prototype)
      return `<${value.constructor?.name ?? 'object'}>`
    return entriesOf(value as Record<string, unknown>, depth, above)
  } finally {
    above.delete(value)
  }
}

function listOf(list: readonly unknown[], depth: number, above: Set<object>): unknown[] {
  const shown = list.slice(0, MOST_ENTRIES).map((one) => loggable(one, depth + 1, above))
  return list.length > MOST_ENTRIES ? [...shown, `… (${list.length} entries)`] : shown
}

/** A key of a Map as a name. */
function nameEntry([key, value]: [unknown, unknown]): [string, unknown] {
  return [typeof key === 'object' || typeof key === 'function' ? `<${typeof key}>` : String(key), value]
}

function entriesOf(
  object: Readonly<Record<string, unknown>>,
  depth: number,
  above: Set<object>,
): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  const keys = Object.keys(object)
  for (const key of keys.slice(0, MOST_ENTRIES)) {
    const value = entryOf(object, key, depth, above)
    // Defined rather than assigned: a key may be `__proto__`.
    if (value !== undefined)
      Object.defineProperty(shown, redactText(key), { value, enumerable: true, configurable: true })
  }
  if (keys.length > MOST_ENTRIES) shown['…'] = `${keys.length} entries`
  return shown
}

function entryOf(
  object: Readonly<Record<string, unknown>>,
  key: string,
  depth: number,
  above: Set<object>,
): unknown {
  try {
    const value = object[key]
    const hides =
      (typeof value === 'string' || typeof value === 'object') && value !== null && isSecretName(key)
    return hides ? MASK : loggable(value, depth + 1, above)
  } catch {
    // A getter or a proxy of somebody else's object that throws; a log line is not worth failing for.
    return '<unreadable>'
  }
}

function isSecretName(key: string): boolean {
  const name = key.toLowerCase().replace(/[^a-z0-9]/g, '')
  return SECRET_NAME.test(name) && !ABOUT_A_SECRET.test(name)
}

/** Ours as code, data and retry; others with their name, message, stack and simple facts (`errno`, `statusCode` …). Causes to the end. */
function errorFields(error: Error, depth: number, above: Set<object>): Record<string, unknown> {
  const inner = (value: unknown): unknown =>
    value === undefined ? undefined : loggable(value, depth + 1, above)
  const cause = inner(error.cause)
  if (error instanceof EverstowError) {
    const { code, data, retry, retryAfterMs } = error
    // Only an error that nobody foresaw needs the place it came from.
    const stack = code === 'internal' ? inner(error.stack) : undefined
    return withoutUndefined({
      code,
      data: entriesOf(data, depth + 1, above),
      retry,
      retryAfterMs,
      stack,
      cause,
    })
  }
  const facts = Object.fromEntries(Object.entries(error).filter(([, value]) => typeof value !== 'object'))
  const parts = error instanceof AggregateError ? listOf(error.errors, depth, above) : undefined
  return withoutUndefined({
    ...entriesOf(facts, depth, above),
    type: error.name,
    message: inner(error.message),
    stack: inner(error.stack),
    cause,
    errors: parts,
  })
}

function withoutUndefined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}
