/** Where a recovery is to stop. */
export type RecoveryTarget =
  | { readonly kind: 'latest' }
  /** Everything committed up to and with this time, microseconds since 1970. */
  | { readonly kind: 'time'; readonly timeUs: number }
  /** Everything whose records end at or before this place of the log. */
  | { readonly kind: 'lsn'; readonly lsn: bigint }
  /** A named restore point. */
  | { readonly kind: 'name'; readonly name: string }

const LSN = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i
/** With or without a zone; without one it is local time. Up to microseconds, which PostgreSQL counts in. */
const TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,6}))?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?$/i

/** What a person means by `latest`, a time, a place in the log (`0/16B3748`) or the name of a restore point; undefined for a time that is none. */
export function parseRecoveryTarget(text: string): RecoveryTarget | undefined {
  const wanted = text.trim()
  if (wanted === '') return undefined
  if (wanted.toLowerCase() === 'latest') return { kind: 'latest' }
  const place = LSN.exec(wanted)
  if (place) return { kind: 'lsn', lsn: (BigInt(`0x${place[1]}`) << 32n) | BigInt(`0x${place[2]}`) }
  if (!/^\d{4}-\d{2}-\d{2}/.test(wanted)) return { kind: 'name', name: wanted }
  const timeUs = parseTimeUs(wanted)
  return timeUs === undefined ? undefined : { kind: 'time', timeUs }
}

function parseTimeUs(text: string): number | undefined {
  const parts = TIME.exec(text)
  if (!parts) return undefined
  const [, day = '', time = '00:00:00', fraction = '', zone = ''] = parts
  const clock = time.length === 5 ? `${time}:00` : time
  const ms = Date.parse(`${day}T${clock}${zoneOf(zone)}`)
  if (Number.isNaN(ms)) return undefined
  // Date rolls 31 February over to March; a person meant something else.
  if (!new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)) return undefined
  return ms * 1000 + Number(fraction.padEnd(6, '0'))
}

function zoneOf(zone: string): string {
  if (/^(z|utc)$/i.test(zone)) return 'Z'
  const offset = /^([+-]\d{2}):?(\d{2})?$/.exec(zone)
  return offset ? `${offset[1]}:${offset[2] ?? '00'}` : ''
}

/** A word as a shell takes it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
