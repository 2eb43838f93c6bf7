import { createHash } from 'node:crypto'
import { z } from 'zod'

/** Who did something. */
export const Actor = z.strictObject({
  kind: z.enum(['person', 'schedule', 'api-key', 'system']),
  name: z.string(),
})
export type Actor = z.infer<typeof Actor>

const Hash = z.string().regex(/^[0-9a-f]{64}$/)
const Count = z.int().positive()

/** One line of the log without its hash and signature. */
export const AuditEntry = z.strictObject({
  /** From 1, without gaps. */
  number: Count,
  at: z.iso.datetime(),
  /** The device whose key signs the entry; empty where none could be used. */
  device: z.string(),
  actor: Actor,
  /** The part of Everstow it came through: `window`, `cli`, `api`, `daemon`, `library`. */
  host: z.string(),
  /** A call of the contract, `audit.key`, or the method and path of a refused request. */
  action: z.string(),
  /** What it was about: ids and names. */
  targets: z.record(z.string(), z.string()),
  outcome: z.enum(['started', 'done', 'failed', 'refused']),
  /** Why it failed or was refused. */
  code: z.string().optional(),
  /** Number of the `started` entry that this one ends. */
  ends: Count.optional(),
  /** Entries before this one that could not be written, a full disk for one. */
  missed: Count.optional(),
  /** Hash of the entry before; 64 zeros for the first, and where what was before is not as it should be. */
  previous: Hash,
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** An entry as it lies in the log. */
export interface SealedEntry {
  readonly entry: AuditEntry
  readonly hash: string
  /** 128 hex digits, or nothing. */
  readonly signature: string
}

/** A point of the log: how far it went, and the hash that stands for everything up to there. */
export interface LogPoint {
  readonly number: number
  readonly hash: string
}

/** What the first entry follows. */
export const NOTHING: LogPoint = { number: 0, hash: '0'.repeat(64) }
/** The action of the entry that introduces a key; its targets are `device` and `public_key` (64 hex digits). */
export const KEY_ACTION = 'audit.key'
/** The action of the entry that says what was let go; its targets are `begins` (the number of the first entry that stays) and `previous` (the hash of the one before). */
export const TRIM_ACTION = 'audit.trim'

const LINE = /^(\{.+),"hash":"([0-9a-f]{64})","signature":"((?:[0-9a-f]{128})?)"\}$/

/** The bytes that are signed for an entry. */
export function entryMessage(hash: string): Uint8Array {
  return Buffer.from(`everstow audit entry 1\n${hash}\n`)
}

/** The line of an entry, without its end of line. */
export function encodeEntry(
  entry: AuditEntry,
  sign: (message: Uint8Array) => Uint8Array | undefined,
): { readonly line: string; readonly hash: string } {
  const { number, at, device, actor, host, action, targets, outcome, code, ends, missed, previous } = entry
  // The order of the fields is part of the format; what is undefined falls away.
  const fields = JSON.stringify({
    number,
    at,
    device,
    actor: { kind: actor.kind, name: actor.name },
    host,
    action,
    targets,
    outcome,
    code,
    ends,
    missed,
    previous,
  })
  const body = fields.replace(/[\u0080-\uffff]/g, escaped)
  const hash = sha256(body)
  const signature = Buffer.from(sign(entryMessage(hash)) ?? []).toString('hex')
  return { line: `${body.slice(0, -1)},"hash":"${hash}","signature":"${signature}"}`, hash }
}

/** What a line says, or undefined where its form or its hash is not right. Signature and place in the chain are not looked at. */
export function parseLine(line: string): SealedEntry | undefined {
  const [, open, hash = '', signature = ''] = LINE.exec(line) ?? []
  if (open === undefined || sha256(`${open}}`) !== hash) return undefined
  try {
    const parsed = AuditEntry.safeParse(JSON.parse(`${open}}`))
    return parsed.success ? { entry: parsed.data, hash, signature } : undefined
  } catch {
    // Not JSON: not a line of ours.
    return undefined
  }
}

/** ASCII alone, so that nothing between us and a reader changes it. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
