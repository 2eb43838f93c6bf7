import { z } from 'zod'
import { call, None } from './call.ts'
import { Id, IsoTime, WireError } from './nouns.ts'

const Name = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .refine((text) => !/\p{Cc}/u.test(text), 'control characters')
const Url = z.string().trim().min(1).max(2_000)
const Address = z
  .string()
  .trim()
  .min(3)
  .max(320)
  .regex(/^[^\s@<>,;"]+@[^\s@<>,;"]+$/)

/** How e-mail reaches its server: `tls` from the first byte, `starttls` before anything is said. `plain` is for this computer only. */
export const MailSecurity = z.enum(['tls', 'starttls', 'plain'])
export type MailSecurity = z.infer<typeof MailSecurity>

/** A channel as it is set up. URL, secret and password go to the keychain and never come back. */
export const ChannelInput = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('webhook'),
    name: Name,
    /** `https:`, or `http:` to this computer. */
    url: Url,
    /** Signs what is sent (HMAC-SHA-256). */
    secret: z.string().min(1).max(1_000).optional(),
  }),
  z.object({
    type: z.literal('email'),
    name: Name,
    host: z.string().trim().min(1).max(253),
    port: z.number().int().min(1).max(65_535),
    security: MailSecurity,
    user: z.string().max(320).optional(),
    password: z.string().min(1).max(1_000).optional(),
    from: Address,
    to: z.array(Address).min(1).max(20),
  }),
  z.object({
    type: z.literal('ping'),
    name: Name,
    url: Url,
    method: z.enum(['get', 'post']).default('get'),
    /** Only after this plan's backups; absent: after every one. */
    planId: Id.optional(),
  }),
])
export type ChannelInput = z.infer<typeof ChannelInput>

/** A channel as it is shown. */
export const Channel = z.object({
  id: Id,
  type: z.enum(['webhook', 'email', 'ping']),
  name: z.string(),
  /** Where it goes, without what is secret of it: `https://hooks.example`, `ada@example.org`. */
  address: z.string(),
  planId: Id.optional(),
  hasSecret: z.boolean(),
  /** `unused`: nothing was sent yet. `failing`: the newest message did not arrive. */
  state: z.enum(['unused', 'ok', 'failing']),
  lastSentAt: IsoTime.optional(),
  failingSince: IsoTime.optional(),
  error: WireError.optional(),
  /** Messages that wait to be sent. */
  waiting: z.number().int(),
})
export type Channel = z.infer<typeof Channel>

export const alertCalls = {
  'alert.list': call('view', None, z.array(Channel)),
  'alert.add': call('admin', ChannelInput, Channel),
  'alert.remove': call('admin', z.object({ id: Id }), z.object({ removed: z.boolean() })),
  /** Sends a message that says it is a test, now, and answers when it arrived or why not. */
  'alert.test': call(
    'operate',
    z.object({ id: Id }),
    z.object({ ok: z.boolean(), error: WireError.optional(), durationMs: z.number() }),
  ),
}
