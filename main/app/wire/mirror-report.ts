import type { MirrorReport } from '../../contract/index.ts'
import type { MirrorOutcome } from '../../engine/engine.ts'
import type { Mirror as KnownMirror } from '../../engine/model/mirror.ts'
import { wireErrorOf } from './wire-error.ts'

/** So much of each list goes to clients. */
const MOST_LISTED = 1_000

/** What a run of a mirror did, as clients see it. */
export function mirrorReport(
  { id, name, direction }: KnownMirror,
  { foreign, left, deletedPaths, ...outcome }: MirrorOutcome,
): MirrorReport {
  return {
    mirrorId: id,
    name,
    direction,
    ...outcome,
    deletedPaths: deletedPaths.slice(0, MOST_LISTED),
    foreign: foreign.slice(0, MOST_LISTED),
    left: left.slice(0, MOST_LISTED).map(({ path, reason, error }) => ({
      path,
      reason,
      ...(error !== undefined && { error: wireErrorOf(error) }),
    })),
  }
}
