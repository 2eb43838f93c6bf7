import { z } from 'zod'
import { WireError } from './nouns.ts'

/** What a client sends. `id` is the client's own number for the call. Inputs are checked again by the call's own schema. */
export const ClientFrame = z.discriminatedUnion('t', [
  z
    .object({
      t: z.literal('call'),
      id: z.number().int().nonnegative(),
      name: z.string().max(100),
      input: z.unknown().optional(),
    })
    .strict(),
  z.object({ t: z.literal('cancel'), id: z.number().int().nonnegative() }).strict(),
  /** Asks for a snapshot of every slice, and for patches from then on. */
  z.object({ t: z.literal('sync') }).strict(),
])
export type ClientFrame = z.infer<typeof ClientFrame>

/** What the server sends. */
export const ServerFrame = z.discriminatedUnion('t', [
  z.object({ t: z.literal('reply'), id: z.number().int(), output: z.unknown() }),
  z.object({ t: z.literal('fail'), id: z.number().int(), error: WireError }),
  z.object({ t: z.literal('event'), name: z.string(), data: z.unknown() }),
  z.object({
    t: z.literal('snapshot'),
    slice: z.string(),
    instance: z.string(),
    seq: z.number().int(),
    state: z.record(z.string(), z.unknown()),
  }),
  z.object({
    t: z.literal('patch'),
    slice: z.string(),
    instance: z.string(),
    seq: z.number().int(),
    set: z.record(z.string(), z.unknown()),
    remove: z.array(z.string()),
  }),
])
export type ServerFrame = z.infer<typeof ServerFrame>

/** Frames above this are refused unread. */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024

/** The one channel of the Electron bridge and the path of the WebSocket. */
export const FRAME_CHANNEL = 'everstow:frame'
export const SOCKET_PATH = '/socket'
