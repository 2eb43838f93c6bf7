import { z } from 'zod'
import type { Texts } from '../../app/text.ts'
import { http } from '../../engine/engine.ts'
import { asEverstowError } from '../../engine/model/errors.ts'

/** An error as the API tells it (RFC 9457). */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** One of our codes; scripts rely on it. */
  code: z.string(),
  detail: z.string(),
  /** The field that is wrong, where it is one. */
  field: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>

/** Ends a request with a status and a code. */
export class RequestProblem extends Error {
  readonly status: number
  readonly code: string
  readonly field: string | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { readonly field?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail)
    this.name = 'RequestProblem'
    this.status = status
    this.code = code
    this.field = more.field
    this.headers = more.headers ?? {}
  }
}

/** Statuses of our codes; what is not here is 422 where a person has to act, and 503 where trying again may help. */
const STATUS: Readonly<Record<string, number>> = {
  'unknown-backup': 404,
  'unknown-plan': 404,
  'unknown-database': 404,
  'unknown-place': 404,
  'permission-denied': 403,
  'data-off': 403,
  'data-too-large': 413,
  'budget-exceeded': 429,
  'name-taken': 409,
  'in-use': 409,
  'already-running': 409,
  'confirmation-needed': 409,
  'target-not-empty': 409,
  cancelled: 409,
  throttled: 429,
  'disk-full': 507,
  internal: 500,
}

/** Any error as a problem; what is unexpected says nothing of itself. */
export function problemOf(
  error: unknown,
  texts: Texts,
): Problem & { readonly headers: Record<string, string> } {
  if (error instanceof RequestProblem) {
    const { status, code, message, field, headers } = error
    return { ...problem(status, code, message, field), headers: { ...headers } }
  }
  const byFramework = frameworkProblem(error)
  if (byFramework) return { ...byFramework, headers: {} }
  const { code, data, retry } = asEverstowError(error)
  const status = STATUS[code] ?? (retry === 'never' ? 422 : 503)
  const detail = texts.error({ code, data: plain(data), retry }).what
  const field = typeof data.field === 'string' ? data.field : undefined
  return { ...problem(status, code, detail, field), headers: waitOf(status, data.retryAfterMs) }
}

function waitOf(status: number, retryAfterMs: unknown): Record<string, string> {
  if (typeof retryAfterMs === 'number') return { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }
  return status === 503 ? { 'retry-after': '30' } : {}
}

function problem(status: number, code: string, detail: string, field?: string): Problem {
  const title = http.STATUS_CODES[status] ?? 'Error'
  return { type: `urn:everstow:problem:${code}`, title, status, code, detail, ...(field ? { field } : {}) }
}

/** What the server itself refuses before a route sees it. */
function frameworkProblem(error: unknown): Problem | undefined {
  const { statusCode, code } = error as { statusCode?: number; code?: string }
  if (typeof code !== 'string' || !code.startsWith('FST_') || statusCode === undefined) return undefined
  if (statusCode === 413) return problem(413, 'body-too-large', 'The body is larger than 1 MiB.')
  if (statusCode === 415) return problem(415, 'content-type', 'Send the body as application/json.')
  return problem(statusCode < 500 ? statusCode : 400, 'request-malformed', 'The request cannot be read.')
}

function plain(data: Readonly<Record<string, string | number | boolean | undefined>>) {
  return Object.fromEntries(
    Object.entries(data).filter(
      (entry): entry is [string, string | number | boolean] => entry[1] !== undefined,
    ),
  )
}
