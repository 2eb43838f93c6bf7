import type { Mirror, MirroredFile, MirrorReport } from '../../contract/index.ts'
import type { Configuration, Engine, MirroredFile as Known, MirrorOutcome } from '../../engine/engine.ts'
import type { Mirror as KnownMirror } from '../../engine/model/mirror.ts'
import { lastStartMs } from '../due-times.ts'
import { isoTime } from './backup-view.ts'
import { wireErrorOf } from './wire-error.ts'

/** So much of each list goes to clients. */
const MOST_LISTED = 1_000

/** A mirror as clients see it. */
export function mirrorView(
  engine: Engine,
  { destinations }: Pick<Configuration, 'destinations'>,
  { destinationId, ignore, ...mirror }: KnownMirror,
): Mirror {
  const lastStart = lastStartMs(engine, mirror.id)
  return {
    ...mirror,
    placeId: destinationId,
    placeName: destinations.find(({ id }) => id === destinationId)?.name ?? destinationId,
    ignore: [...ignore],
    ...(lastStart !== undefined && { lastStartAt: isoTime(lastStart) }),
  }
}

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

export const mirroredFileView = ({ path, sizeBytes, atMs, version }: Known): MirroredFile => ({
  path,
  bytes: sizeBytes,
  at: isoTime(atMs),
  ...(version !== undefined && { version }),
})
