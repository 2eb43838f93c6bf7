import { z } from 'zod'
import type { ChannelInput } from '../../contract/index.ts'
import { type Configuration, type Engine, randomHex, Secret } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { isLoopback, safeAddress } from './safe-address.ts'

const about = { id: z.string().min(1), name: z.string().min(1) }

/** A channel as settings keep it: nothing in it is secret. */
const KeptChannel = z.discriminatedUnion('type', [
  z.object({ ...about, type: z.literal('webhook'), origin: z.string(), hasSecret: z.boolean() }),
  z.object({
    ...about,
    type: z.literal('email'),
    host: z.string(),
    port: z.number().int(),
    security: z.enum(['tls', 'starttls', 'plain']),
    user: z.string().optional(),
    from: z.string(),
    to: z.array(z.string()).min(1),
    hasSecret: z.boolean(),
  }),
  z.object({
    ...about,
    type: z.literal('ping'),
    origin: z.string(),
    method: z.enum(['get', 'post']),
    planId: z.string().optional(),
  }),
])
export type KeptChannel = z.infer<typeof KeptChannel>
export type MailChannel = Extract<KeptChannel, { type: 'email' }>
export type PingChannel = Extract<KeptChannel, { type: 'ping' }>

/** What of a channel lies in the keychain. */
const ChannelSecrets = z.object({
  url: z.string().optional(),
  secret: z.string().optional(),
  password: z.string().optional(),
})
export type ChannelSecrets = z.infer<typeof ChannelSecrets>

const PREFERENCE = 'alertChannels'
const secretName = (id: string): string => `alert/${id}`

/** The channels that are set up; an entry that makes no sense (a settings file edited by hand) counts as not there. */
export function channelsOf({ preferences }: Configuration): KeptChannel[] {
  const kept = preferences[PREFERENCE]
  if (!Array.isArray(kept)) return []
  return kept.flatMap((entry) => {
    const parsed = KeptChannel.safeParse(entry)
    return parsed.success ? [parsed.data] : []
  })
}

/** Keeps a new channel. Throws `name-taken`, `invalid-input`, `unknown-plan`. */
export async function addChannel(engine: Engine, input: ChannelInput): Promise<KeptChannel> {
  const id = `alert_${randomHex(engine.env.random, 5)}`
  const { channel, secrets } = split(id, input)
  const { plans } = await engine.configuration.read()
  if (
    channel.type === 'ping' &&
    channel.planId !== undefined &&
    !plans.some((plan) => plan.id === channel.planId)
  )
    throw new EverstowError('unknown-plan', { data: { name: channel.planId } })
  await engine.configuration.update((current) => {
    const channels = channelsOf(current)
    if (channels.some(({ name }) => sameName(name, channel.name)))
      throw new EverstowError('name-taken', { data: { name: channel.name } })
    return withChannels(current, [...channels, channel])
  })
  try {
    await engine.env.secrets.set(secretName(id), new Secret(JSON.stringify(secrets)))
  } catch (error) {
    await forget(engine, id)
    throw error
  }
  return channel
}

/** Forgets a channel, its secrets, and what waits for it. Throws `unknown-channel`. */
export async function removeChannel(engine: Engine, id: string): Promise<void> {
  await findChannel(engine, id)
  await forget(engine, id)
  await engine.env.secrets.delete(secretName(id))
  engine.alerts.drop(engine.alerts.waiting().flatMap((row) => (row.channelId === id ? [row.id] : [])))
}

/** A channel by its id. Throws `unknown-channel`. */
export async function findChannel(engine: Engine, id: string): Promise<KeptChannel> {
  const channel = channelsOf(await engine.configuration.read()).find((each) => each.id === id)
  if (!channel) throw new EverstowError('unknown-channel', { data: { name: id } })
  return channel
}

/** What of a channel is secret. Throws `secret-missing` where the keychain does not have it (any more). */
export async function secretsOf(engine: Engine, { id, name }: KeptChannel): Promise<ChannelSecrets> {
  const kept = await engine.env.secrets.get(secretName(id))
  if (!kept) throw new EverstowError('secret-missing', { data: { name } })
  return ChannelSecrets.parse(JSON.parse(kept.reveal()))
}

async function forget(engine: Engine, id: string): Promise<void> {
  await engine.configuration.update((current) =>
    withChannels(
      current,
      channelsOf(current).filter((each) => each.id !== id),
    ),
  )
}

function withChannels(current: Configuration, channels: readonly KeptChannel[]): Configuration {
  return { ...current, preferences: { ...current.preferences, [PREFERENCE]: channels } }
}

function split(id: string, input: ChannelInput): { channel: KeptChannel; secrets: ChannelSecrets } {
  if (input.type === 'email') {
    const { password, ...shown } = input
    if (input.security === 'plain' && !isLoopback(input.host))
      throw new EverstowError('invalid-input', {
        data: { field: 'security', value: 'plain', reason: 'https' },
      })
    return {
      channel: { ...shown, id, hasSecret: password !== undefined },
      secrets: { ...(password === undefined ? {} : { password }) },
    }
  }
  const { origin } = safeAddress(input.url)
  const { type, name } = input
  if (type === 'webhook') {
    const { secret } = input
    return {
      channel: { id, type, name, origin, hasSecret: secret !== undefined },
      secrets: { url: input.url, ...(secret === undefined ? {} : { secret }) },
    }
  }
  const { method, planId } = input
  return {
    channel: { id, type, name, origin, method, ...(planId === undefined ? {} : { planId }) },
    secrets: { url: input.url },
  }
}

const sameName = (a: string, b: string): boolean => a.toLocaleLowerCase() === b.toLocaleLowerCase()
