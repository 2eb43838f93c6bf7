import { createHmac } from 'node:crypto'
import { EverstowError } from '../../engine/model/errors.ts'
import type { ChannelSecrets } from '../channels/channels.ts'
import { eventName } from './messages.ts'
import { sendRequest } from './send-request.ts'
import type { Sending } from './sending.ts'

/**
 * Posts a message as JSON. With a secret, `Everstow-Signature: t=<seconds>,v1=<hex>` signs `<seconds>.<body>` with HMAC-SHA-256; who checks it refuses old times
 * and compares in constant time.
 */
export async function sendWebhook({ url, secret }: ChannelSecrets, sending: Sending): Promise<void> {
  if (url === undefined) throw new EverstowError('secret-missing', { data: { name: 'url' } })
  const body = JSON.stringify(documentOf(sending))
  await sendRequest(
    {
      url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'everstow-event': eventName(sending.message),
        'everstow-delivery': sending.id,
        ...(secret === undefined ? {} : { 'everstow-signature': signature(secret, body, sending.nowMs) }),
      },
      body,
    },
    sending,
  )
}

/** The signature of a body at a time. */
function signature(secret: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1_000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

function documentOf({ id, message, text, createdMs, computer }: Sending) {
  const incident = message.kind === 'incident' ? message : undefined
  return {
    version: 1,
    id,
    event: eventName(message),
    at: new Date(createdMs).toISOString(),
    computer,
    title: text.title,
    lines: text.lines,
    ...(message.kind === 'digest' ? { verdict: message.verdict, plans: message.plans } : {}),
    ...(incident
      ? {
          incident: {
            id: incident.finding.id,
            kind: incident.finding.kind,
            level: incident.finding.level,
            damage: incident.finding.isDamage,
            opened_at: incident.openedAt,
            plan_id: incident.finding.planId ?? null,
            place_id: incident.finding.placeId ?? null,
          },
        }
      : {}),
  }
}
