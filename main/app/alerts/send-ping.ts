import { EverstowError } from '../../engine/model/errors.ts'
import type { ChannelSecrets, PingChannel } from '../channels/channels.ts'
import { sendRequest } from './send-request.ts'
import type { Sending } from './sending.ts'

/** Tells a watcher outside that backups happen: its URL on success, with `/fail` behind its path on failure. It raises the alarm when it hears nothing. */
export async function sendPing(
  { method }: PingChannel,
  { url }: ChannelSecrets,
  sending: Sending,
): Promise<void> {
  if (url === undefined) throw new EverstowError('secret-missing', { data: { name: 'url' } })
  const { message, text } = sending
  const hasFailed = message.kind === 'ping' && message.outcome === 'failure'
  await sendRequest(
    {
      url: hasFailed ? failureUrl(url) : url,
      method: method === 'post' ? 'POST' : 'GET',
      ...(method === 'post'
        ? { body: text.title, headers: { 'content-type': 'text/plain; charset=utf-8' } }
        : {}),
    },
    sending,
  )
}

function failureUrl(text: string): string {
  const url = new URL(text)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/fail`
  return url.href
}
