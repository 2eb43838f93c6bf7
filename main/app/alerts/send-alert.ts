import { hostname } from 'node:os'
import type { Engine } from '../../engine/engine.ts'
import type { AppContext } from '../app-context.ts'
import { type KeptChannel, secretsOf } from '../channels/channels.ts'
import { createTexts, localeOf, type Texts } from '../text.ts'
import { type AlertMessage, messageText } from './messages.ts'
import { sendMail } from './send-mail.ts'
import { sendPing } from './send-ping.ts'
import { sendWebhook } from './send-webhook.ts'
import type { Sending } from './sending.ts'

/** A message that is sent now. */
export interface Outbound {
  /** The same for every try. */
  readonly id: string
  readonly message: AlertMessage
  readonly createdMs: number
}

/** Sends a message through a channel. Throws what the way out throws, and `secret-missing`. */
export async function sendAlert(
  engine: Engine,
  channel: KeptChannel,
  texts: Texts,
  { id, message, createdMs }: Outbound,
  signal: AbortSignal,
): Promise<void> {
  const sending: Sending = {
    id,
    message,
    text: messageText(message, texts),
    createdMs,
    nowMs: engine.env.clock.now(),
    computer: hostname(),
    proxyOf: engine.env.net.proxyOf,
    signal,
  }
  const secrets = await secretsOf(engine, channel)
  switch (channel.type) {
    case 'webhook':
      return sendWebhook(secrets, sending)
    case 'email':
      return sendMail(channel, secrets, sending)
    case 'ping':
      return sendPing(channel, secrets, sending)
  }
}

/** The language that a person chose, for messages that leave this computer. */
export async function textsOf(app: Pick<AppContext, 'settings' | 'locale'>): Promise<Texts> {
  return createTexts(localeOf((await app.settings()).language, app.locale))
}
