import { type DeliveryRow, type NumberedEntry, type Random, randomHex } from '../../engine/engine.ts'
import type { KeptChannel, PingChannel } from '../channels/channels.ts'
import type { AlertMessage } from './messages.ts'

type Queued = Omit<DeliveryRow, 'attempts'>

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** After so many failures it is tried again so much later; then always after the last. */
const RETRIES_MS = [1, 5, 15, 60, 240].map((minutes) => minutes * MINUTE_MS)
/** What could not be sent for so long is no news any more. A watcher outside has raised its own alarm long before. */
const GIVE_UP_MS = { ping: 2 * HOUR_MS, other: 72 * HOUR_MS }

/** A message for every channel that carries such: pings go to pings, everything else to the others; a channel is not told of its own failure. */
export function messagesFor(
  channels: readonly KeptChannel[],
  message: AlertMessage,
  nowMs: number,
  random: Random,
): Queued[] {
  const failing = message.kind === 'incident' ? message.finding.id : undefined
  return channels
    .filter(({ type, id }) => type !== 'ping' && failing !== `channel/${id}`)
    .map((channel) => queued(channel, message, nowMs, random))
}

/** The last word on backups that ended since somebody looked, for each watcher outside. */
export function pingsFor(
  channels: readonly KeptChannel[],
  ended: readonly NumberedEntry[],
  nowMs: number,
  random: Random,
): Queued[] {
  const pings = channels.filter((channel): channel is PingChannel => channel.type === 'ping')
  return pings.flatMap((channel) => {
    const heard = ended.filter(
      ({ kind, outcome, planId }) =>
        kind === 'backup' &&
        outcome !== 'cancelled' &&
        (channel.planId === undefined || planId === channel.planId),
    )
    if (heard.length === 0) return []
    const outcome = lastWord(heard) ? 'failure' : 'success'
    return [queued(channel, { kind: 'ping', outcome }, nowMs, random)]
  })
}

/** Whether the newest backup of any plan among these failed. */
function lastWord(heard: readonly NumberedEntry[]): boolean {
  const newest = new Map(heard.map((entry) => [entry.planId, entry.outcome]))
  return [...newest.values()].includes('failed')
}

function queued(
  { id: channelId }: KeptChannel,
  message: AlertMessage,
  nowMs: number,
  random: Random,
): Queued {
  return {
    id: randomHex(random, 12),
    channelId,
    subject: message.kind === 'incident' ? message.finding.id : message.kind,
    message: JSON.stringify(message),
    createdMs: nowMs,
    nextMs: nowMs,
  }
}

/** What of the queue is to be sent now, and what is no longer worth it. Of several pings only the newest says anything. */
export function sortQueue(
  waiting: readonly DeliveryRow[],
  channels: readonly KeptChannel[],
  nowMs: number,
): { readonly due: DeliveryRow[]; readonly stale: string[] } {
  const known = new Set(channels.map(({ id }) => id))
  const newestPing = new Map(
    waiting.filter(({ subject }) => subject === 'ping').map((row) => [row.channelId, row.id]),
  )
  const isStale = ({ id, channelId, subject, createdMs }: DeliveryRow) =>
    !known.has(channelId) ||
    (subject === 'ping' && newestPing.get(channelId) !== id) ||
    nowMs - createdMs > GIVE_UP_MS[subject === 'ping' ? 'ping' : 'other']
  const stale = waiting.filter(isStale).map(({ id }) => id)
  const due = waiting.filter(
    (row) =>
      !isStale(row) &&
      // A time further ahead than any wait was made by a clock that was wrong.
      (row.nextMs <= nowMs || row.nextMs > nowMs + RETRIES_MS.at(-1)!),
  )
  return { due, stale }
}

/** When a message is tried again that failed so often. */
export function retryMs(attempts: number, nowMs: number): number {
  return nowMs + (RETRIES_MS[attempts - 1] ?? RETRIES_MS.at(-1)!)
}
