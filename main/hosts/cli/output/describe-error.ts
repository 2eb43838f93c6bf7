import type { Texts } from '../../../app/text.ts'
import type { WireError } from '../../../contract/index.ts'
import type { UsageError } from '../usage-error.ts'
import type { Say } from './say.ts'
import { safeText } from './terminal-text.ts'

/** An error as it stands in a JSON document. */
export interface ErrorRecord {
  readonly code: string
  readonly data: WireError['data']
  /** What happened, and what is safe. */
  readonly message: string
  readonly todo: string
}

/** An error for people: sentences, and the facts in one line. */
export interface Described {
  readonly record: ErrorRecord
  readonly details: string
}

/** Options as they are typed, where they differ from the field's name. */
const OPTION: Readonly<Record<string, string>> = {
  container: '--bucket',
  credentialsFile: '--credentials-file',
  pathStyle: '--path-style',
  storageClass: '--storage-class',
  uploadLimit: '--upload-limit',
  downloadLimit: '--download-limit',
  keepDays: '--keep-days',
  keepAt: '--keep-at',
  bandwidth: '--limits',
  budgetBytes: '--budget',
  security: '--security',
  url: '--url',
  name: 'NAME',
  sources: '--source',
}
/** Fields that are options of the same name. */
const SAME = [
  'path',
  'folder',
  'bucket',
  'prefix',
  'endpoint',
  'region',
  'account',
  'project',
  'profile',
  'schedule',
  'keep',
  'limits',
  'into',
  'from',
  'to',
  'search',
  'tag',
]

/** Why a value is not taken. */
const KNOWN_REASONS: readonly string[] = [
  'empty',
  'form',
  'zero',
  'twice',
  'unit',
  'rule',
  'count',
  'days',
  'hours',
  'speed',
  'exists',
  'no-folder',
  'place',
  'not-there',
  'not-a-file',
  'https',
  'login',
  'schedule',
  'cron',
  'no-such-day',
]

/** Puts an error of the engine into words. A wrong or missing field is named as the option it was typed with. */
export function describeError(texts: Texts, say: Say, error: WireError): Described {
  const { what, safe, todo, details } = texts.error({ ...error, data: safeData(error.data) })
  const record = { code: error.code, data: error.data, message: `${what} ${safe}`, todo }
  const { field, value = '', reason = '', part = '', line } = error.data
  const inOurWords = (message: string, detail: string): Described => ({
    record: { ...record, message: `${message} ${safe}`, todo: say('error.seeHelp') },
    details: detail,
  })
  if (error.code === 'not-supported')
    return inOurWords(say('error.notSupported', { what: String(error.data.what) }), '')
  if (error.code === 'env-file-invalid' && typeof line === 'number')
    return { record: { ...record, message: `${say('error.envLine', { line })} ${safe}` }, details }
  if (error.code !== 'invalid-input' || typeof field !== 'string') return { record, details }
  // Said in a sentence of its own.
  if (String(reason).startsWith('scope-')) return { record, details: '' }
  const option = OPTION[field] ?? (SAME.includes(field) ? `--${field}` : field)
  if (reason === 'missing' || (value === '' && reason === ''))
    return inOurWords(say('error.missing', { option }), '')
  // Of a text of several parts, the one that is wrong.
  const where = part === '' || part === value ? '' : `${safeText(String(part))}: `
  const why = KNOWN_REASONS.includes(String(reason)) ? say(`error.why.${reason}`) : safeText(String(reason))
  return inOurWords(say('error.unfit', { option, value: String(value) }), `${where}${why}`)
}

/** Puts a wrongly typed command into words. */
export function describeUsage(say: Say, error: UsageError): ErrorRecord {
  return {
    code: 'usage',
    data: { ...error.params },
    message: say(`usage.${error.key}`, error.params),
    todo: say('error.seeHelp'),
  }
}

function safeData(data: WireError['data']): WireError['data'] {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, typeof value === 'string' ? safeText(value) : value]),
  )
}
