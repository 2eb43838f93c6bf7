import { z } from 'zod'
import type { Engine, MirrorOutcome } from '../../engine/engine.ts'
import type { StoredError } from '../../engine/model/backup.ts'

const Count = z.number().int().nonnegative()

const Kept = z.object({
  atMs: z.number(),
  outcome: z.enum(['done', 'incomplete', 'failed', 'cancelled']),
  transferred: Count.default(0),
  bytes: Count.default(0),
  deleted: Count.default(0),
  left: Count.default(0),
  held: z.object({ count: Count, total: Count }).optional(),
  /** Of the last run that could look. */
  holds: z.object({ files: Count, bytes: Count }).optional(),
  error: z.custom<StoredError>((value) => typeof (value as StoredError)?.code === 'string').optional(),
})
/** How the last run of a mirror ended, whichever process it ran in. */
export type KeptMirrorEnd = z.infer<typeof Kept>

/** Files that are left alone for what they are, which no run changes. */
const EXPECTED = new Set(['symlink', 'special'])

const endFact = (id: string): string => `mirror-end/${id}`

/** How the last run ended; undefined where there was none, or nothing readable is kept of it. */
export function mirrorEnd(engine: Engine, id: string): KeptMirrorEnd | undefined {
  try {
    return Kept.parse(JSON.parse(engine.facts.get(endFact(id)) ?? 'null'))
  } catch {
    return undefined
  }
}

/** Keeps how a run ended; what the mirror held stays known where this run could not look. */
export function keepMirrorEnd(
  engine: Engine,
  id: string,
  end: Pick<KeptMirrorEnd, 'outcome' | 'error'>,
  did?: MirrorOutcome,
): void {
  const holds = did?.holds ?? mirrorEnd(engine, id)?.holds
  const kept: KeptMirrorEnd = {
    atMs: engine.env.clock.now(),
    ...end,
    transferred: did?.transferred ?? 0,
    bytes: did?.bytes ?? 0,
    deleted: did?.deleted ?? 0,
    left: did ? countLeft(did) : 0,
    ...(did?.held && { held: did.held }),
    ...(holds && { holds }),
  }
  engine.facts.set(endFact(id), JSON.stringify(kept))
}

/** Forgets it with its mirror. */
export function forgetMirrorEnd(engine: Engine, id: string): void {
  engine.facts.set(endFact(id), undefined)
}

/** How much a run left alone that it should have taken. */
export const countLeft = ({ left }: Pick<MirrorOutcome, 'left'>): number =>
  left.filter(({ reason }) => !EXPECTED.has(reason)).length
