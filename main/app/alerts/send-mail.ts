import { isIPv6, type Socket } from 'node:net'
import { isSocks, openThroughSocks, type ProxyOf } from '../../engine/engine.ts'
import { EverstowError, fromSystemError } from '../../engine/model/errors.ts'
import type { ChannelSecrets, MailChannel } from '../channels/channels.ts'
import { SEND_TIMEOUT_MS, unreachable } from './send-request.ts'
import type { Sending } from './sending.ts'

/** How a mail server is trusted and how long it may take; absent: as the system trusts, and as long as any server. */
export interface MailTrust {
  readonly ca?: string
  readonly timeoutMs?: number
}

/** Sends a message by e-mail. Without TLS only to this computer; a password never goes over a line that others can read. */
export async function sendMail(
  channel: MailChannel,
  { password }: ChannelSecrets,
  { id, message, text, createdMs, computer, proxyOf, signal }: Sending,
  { ca, timeoutMs = SEND_TIMEOUT_MS }: MailTrust = {},
): Promise<void> {
  // Loaded where mail is really sent: nobody else pays for it.
  const { createTransport } = await import('nodemailer')
  const { host, port, security, user, from, to } = channel
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'plain',
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    ...(ca === undefined ? {} : { tls: { ca, minVersion: 'TLSv1.2' as const } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    ...(await wayTo(channel, proxyOf, timeoutMs)),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const late = AbortSignal.timeout(timeoutMs)
  const ended = AbortSignal.any([signal, late])
  try {
    await Promise.race([
      transport.sendMail({
        from: { name: 'Everstow', address: from },
        to: [...to],
        subject: `Everstow: ${text.title}`,
        text: [text.title, ...text.lines, '', `${computer} · ${new Date(createdMs).toISOString()}`].join(
          '\n',
        ),
        messageId: `<${id}@everstow.invalid>`,
        // What answers machines with machines stays quiet.
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Everstow-Event': message.kind },
      }),
      once(ended),
    ])
  } catch (error) {
    if (late.aborted) throw new EverstowError('timed-out', { data: { place: host } })
    if (signal.aborted) throw new EverstowError('cancelled')
    throw mailError(error, host)
  } finally {
    transport.close()
  }
}

/** How the mail server is reached: the transport opens lines and tunnels of HTTP by itself, lines through SOCKS are ours. */
async function wayTo({ host, port, security }: MailChannel, proxyOf: ProxyOf, timeoutMs: number) {
  const proxy = await proxyOf(`${security === 'tls' ? 'smtps' : 'smtp'}://${urlHost(host)}:${port}/`)
  if (proxy === undefined) return {}
  if (!isSocks(proxy)) return { proxy }
  return {
    getSocket(_options: unknown, done: (error: Error | null, line?: { connection: Socket }) => void) {
      openThroughSocks(proxy, { host, port }, timeoutMs).then(
        (connection) => done(null, { connection }),
        (error: Error) => done(error),
      )
    },
  }
}

function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

/** Rejects as soon as a signal fires: the time limits of the transport begin anew with every byte. */
function once(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** What a mail server's refusal means. Its own words may repeat what it was sent, so they stay out. */
function mailError(error: unknown, host: string): EverstowError {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  const status = typeof responseCode === 'number' ? { status: responseCode } : {}
  if (code === 'EAUTH' || code === 'ENOAUTH')
    return new EverstowError('alert-refused', { data: { place: host, ...status, reason: 'login' } })
  if (code === 'ETIMEDOUT') return new EverstowError('timed-out', { data: { place: host } })
  if (code === 'ETLS')
    return new EverstowError('alert-refused', { data: { place: host, reason: 'encryption' } })
  if (
    fromSystemError(error) ||
    code === 'ECONNECTION' ||
    code === 'ESOCKET' ||
    code === 'EDNS' ||
    code === 'EPROXY'
  )
    return unreachable(host)
  // Four hundred and something is for now, five hundred for good.
  const isForNow = typeof responseCode === 'number' && responseCode < 500
  return new EverstowError('alert-refused', {
    data: { place: host, ...status },
    retry: isForNow ? 'retry' : 'never',
  })
}
