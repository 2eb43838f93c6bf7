import { z } from 'zod'
import type { Channel } from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import type { StoredError } from '../../engine/model/backup.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire } from '../wire/wire-error.ts'
import { channelsOf, type KeptChannel } from './channels.ts'

/** How sending through a channel went, kept over restarts. */
const ChannelState = z.object({
  sentMs: z.number().optional(),
  failingSinceMs: z.number().optional(),
  error: z.custom<StoredError>().optional(),
})
type ChannelState = z.infer<typeof ChannelState>

/** A network that is away for a while is nobody's trouble. */
const PATIENCE_MS = 3_600_000

const stateFact = (id: string): string => `alert-channel/${id}`

function stateOf(engine: Engine, id: string): ChannelState {
  try {
    return ChannelState.parse(JSON.parse(engine.facts.get(stateFact(id)) ?? '{}'))
  } catch {
    return {}
  }
}

/** Writes down that a message arrived, or why it did not. */
export function noteSent(engine: Engine, id: string, error?: StoredError): void {
  const nowMs = engine.env.clock.now()
  const before = stateOf(engine, id)
  const state: ChannelState = error
    ? { ...before, failingSinceMs: before.failingSinceMs ?? nowMs, error }
    : { sentMs: nowMs }
  engine.facts.set(stateFact(id), JSON.stringify(state))
}

/** Forgets how a channel did. */
export function dropState(engine: Engine, id: string): void {
  engine.facts.set(stateFact(id), undefined)
}

/** Channels through which nobody hears anything: refused, or out of reach for an hour. */
export function failingChannels(engine: Engine, configuration: Configuration): KeptChannel[] {
  const nowMs = engine.env.clock.now()
  return channelsOf(configuration).filter(({ id }) => {
    const { failingSinceMs, error } = stateOf(engine, id)
    if (failingSinceMs === undefined) return false
    return error?.retry === 'never' || Math.abs(nowMs - failingSinceMs) >= PATIENCE_MS
  })
}

/** A channel as clients see it. */
export function channelView(engine: Engine, channel: KeptChannel): Channel {
  const { sentMs, failingSinceMs, error } = stateOf(engine, channel.id)
  return {
    id: channel.id,
    type: channel.type,
    name: channel.name,
    address: channel.type === 'email' ? channel.to.join(', ') : channel.origin,
    ...(channel.type === 'ping' && channel.planId !== undefined ? { planId: channel.planId } : {}),
    hasSecret: channel.type !== 'ping' && channel.hasSecret,
    state: failingSinceMs !== undefined ? 'failing' : sentMs === undefined ? 'unused' : 'ok',
    ...(sentMs === undefined ? {} : { lastSentAt: isoTime(sentMs) }),
    ...(failingSinceMs === undefined ? {} : { failingSince: isoTime(failingSinceMs) }),
    ...(error ? { error: storedToWire(error) } : {}),
    waiting: engine.alerts.waiting().filter(({ channelId }) => channelId === channel.id).length,
  }
}
