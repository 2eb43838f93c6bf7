/** `Retry-After` in milliseconds from now: seconds or a date (RFC 9110 10.2.3); undefined when absent or unreadable. */
export function parseRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  if (!value) return undefined
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000
  const dateMs = Date.parse(value)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}

/** The place's clock minus ours, from a `Date` header that arrived between the two times; its seconds are cut, so half a second is added. */
export function clockOffsetOf(
  date: string | Date | null | undefined,
  sentMs: number,
  receivedMs: number,
): number | undefined {
  const dateMs = date instanceof Date ? date.getTime() : Date.parse(date ?? '')
  return Number.isNaN(dateMs) ? undefined : Math.round(dateMs + 500 - (sentMs + receivedMs) / 2)
}

/** An error for the chain of causes without what libraries hang on theirs: requests with tokens, and addresses whose query is a right. */
export function withoutSecrets(error: unknown): Error {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) }
  const bare = new Error(`${name}: ${message.replace(/\?[^\s"')]*/g, '?…').slice(0, 500)}`)
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? Object.assign(bare, { code }) : bare
}
