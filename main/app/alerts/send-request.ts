import { EverstowError, fromSystemError, isAbort } from '../../engine/model/errors.ts'
import { safeAddress } from './safe-address.ts'

/** A request to somebody else's server. */
export interface Outgoing {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Nobody's answer takes longer. */
export const SEND_TIMEOUT_MS = 15_000

/**
 * Sends a request and sees that it is taken (2xx). Follows no redirect: where a message goes is what a person wrote down. Throws `alert-refused`, `timed-out` or
 * an error of the network; none names more of the address than its host.
 */
export async function sendRequest(
  request: Outgoing,
  signal: AbortSignal,
  timeoutMs = SEND_TIMEOUT_MS,
): Promise<void> {
  const url = safeAddress(request.url)
  const { host } = url
  const late = AbortSignal.timeout(timeoutMs)
  let response: Response
  try {
    response = await fetch(url, {
      method: request.method,
      redirect: 'manual',
      headers: { 'user-agent': 'Everstow', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: AbortSignal.any([signal, late]),
    })
  } catch (error) {
    if (late.aborted) throw new EverstowError('timed-out', { data: { place: host } })
    if (signal.aborted || isAbort(error)) throw new EverstowError('cancelled')
    // The certificate, or something that is not HTTP: what exactly, is in the cause's code alone.
    if (!fromSystemError(error))
      throw new EverstowError('alert-refused', { data: { place: host, reason: reasonOf(error) } })
    throw unreachable(host)
  }
  // What it says beyond that is of no use, and an unread body would hold the connection.
  await response.body?.cancel().catch(() => {})
  if (response.ok) return
  const isRedirect = response.status >= 300 && response.status < 400
  const isBusy = response.status === 429 || response.status === 408 || response.status >= 500
  throw new EverstowError('alert-refused', {
    data: { place: host, status: response.status, ...(isRedirect ? { reason: 'redirect' } : {}) },
    retry: isBusy ? 'retry' : 'never',
  })
}

/** What the system says of a line that does not stand: nothing that a person need do. */
export function unreachable(host: string): EverstowError {
  return new EverstowError('alert-refused', { data: { place: host, reason: 'unreachable' }, retry: 'retry' })
}

function reasonOf(error: unknown): string {
  const code = (error as { cause?: { code?: unknown } }).cause?.code
  return typeof code === 'string' && /^[A-Z_]{3,60}$/.test(code) ? code : 'connection'
}
