import { z } from 'zod'
import { call } from './call.ts'
import { IsoTime } from './nouns.ts'

/** One entry of the audit log; what its fields mean is in `docs/format/audit-log.md`. */
export const AuditRecord = z.object({
  number: z.number().int(),
  at: IsoTime,
  device: z.string(),
  actor: z.object({ kind: z.enum(['person', 'schedule', 'api-key', 'system']), name: z.string() }),
  host: z.string(),
  action: z.string(),
  targets: z.record(z.string(), z.string()),
  outcome: z.enum(['started', 'done', 'failed', 'refused']),
  code: z.string().optional(),
  ends: z.number().int().optional(),
  missed: z.number().int().optional(),
})
export type AuditRecord = z.infer<typeof AuditRecord>

const Point = z.object({ number: z.number().int().nonnegative(), hash: z.string().regex(/^[0-9a-f]{64}$/) })

export const auditCalls = {
  /** Newest first. */
  'audit.list': call(
    'view',
    z.object({
      limit: z.number().int().min(1).max(10_000).default(50),
      /** ISO date or time; inclusive. A date alone means the whole day. */
      from: IsoTime.optional(),
      to: IsoTime.optional(),
    }),
    z.object({ entries: z.array(AuditRecord) }),
  ),
  /** Checks every byte of the log. `known`: a number and hash that somebody noted elsewhere. */
  'audit.verify': call(
    'view',
    z.object({ known: Point.optional() }),
    z.object({
      ok: z.boolean(),
      /** The first thing that is not as it should be. */
      problem: z
        .object({
          kind: z.enum(['changed', 'order', 'chain', 'signature', 'key', 'cut', 'head', 'noted']),
          number: z.number().int(),
          file: z.string().optional(),
          line: z.number().int().optional(),
        })
        .optional(),
      /** Number of the first entry that is kept. */
      begins: z.number().int(),
      entries: z.number().int(),
      end: Point,
      unsigned: z.number().int(),
      missed: z.number().int(),
      isKeptKnown: z.boolean(),
    }),
  ),
  /** Lines as they lie in the log, oldest first; no more where `lines` is empty. */
  'audit.lines': call(
    'view',
    z.object({
      skip: z.number().int().nonnegative().default(0),
      limit: z.number().int().min(1).max(5_000).default(2_000),
    }),
    z.object({ lines: z.array(z.string()) }),
  ),
} as const
