import type { Agent } from 'node:http'
import { createProxyAgents, http, https } from '../../engine/engine.ts'
import { EverstowError, fromSystemError, isAbort } from '../../engine/model/errors.ts'
import { safeAddress } from '../channels/safe-address.ts'
import type { Sending } from './sending.ts'

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
  outgoing: Outgoing,
  { proxyOf, signal }: Pick<Sending, 'proxyOf' | 'signal'>,
  timeoutMs = SEND_TIMEOUT_MS,
): Promise<void> {
  const url = safeAddress(outgoing.url)
  const { host } = url
  const late = AbortSignal.timeout(timeoutMs)
  const agents = createProxyAgents(proxyOf)
  let status: number
  try {
    status = await statusOf(outgoing, await agents.agentTo(url.href), AbortSignal.any([signal, late]))
  } catch (error) {
    if (late.aborted) throw new EverstowError('timed-out', { data: { place: host } })
    if (signal.aborted || isAbort(error)) throw new EverstowError('cancelled')
    // The certificate, or something that is not HTTP: what exactly, is in the error's code alone.
    if (!fromSystemError(error))
      throw new EverstowError('alert-refused', { data: { place: host, reason: reasonOf(error) } })
    throw unreachable(host)
  } finally {
    agents.close()
  }
  if (status >= 200 && status < 300) return
  const isRedirect = status >= 300 && status < 400
  const isBusy = status === 429 || status === 408 || status >= 500
  throw new EverstowError('alert-refused', {
    data: { place: host, status, ...(isRedirect ? { reason: 'redirect' } : {}) },
    retry: isBusy ? 'retry' : 'never',
  })
}

/** The status of the answer. What it says beyond that is of no use, and is not waited for. */
function statusOf(outgoing: Outgoing, agent: Agent, signal: AbortSignal): Promise<number> {
  const send = new URL(outgoing.url).protocol === 'https:' ? https.request : http.request
  const body = Buffer.from(outgoing.body ?? '', 'utf8')
  const headers = {
    'user-agent': 'Everstow',
    ...outgoing.headers,
    ...(outgoing.body === undefined ? {} : { 'content-length': String(body.length) }),
  }
  return new Promise((resolve, reject) => {
    const request = send(outgoing.url, { method: outgoing.method, headers, agent, signal })
    request.on('error', reject)
    request.once('response', (response) => {
      resolve(response.statusCode ?? 0)
      response.destroy()
    })
    request.end(body)
  })
}

/** What the system says of a line that does not stand: nothing that a person need do. */
export function unreachable(host: string): EverstowError {
  return new EverstowError('alert-refused', { data: { place: host, reason: 'unreachable' }, retry: 'retry' })
}

function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^[A-Z_]{3,60}$/.test(code) ? code : 'connection'
}
