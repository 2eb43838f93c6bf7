import type { Mirror, MirrorEnd, MirroredFile, MirrorReport, Run } from '../../contract/index.ts'
import type { Configuration, Engine, MirroredFile as Known, MirrorOutcome } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import type { Mirror as KnownMirror } from '../../engine/model/mirror.ts'
import { lastStartMs } from '../due-times.ts'
import { guardOver } from '../guard/guard-state.ts'
import { type KeptMirrorEnd, mirrorEnd } from '../work/mirror-end.ts'
import { isoTime } from './backup-view.ts'
import { pausedUntil } from './paused.ts'
import { storedToWire, wireErrorOf } from './wire-error.ts'

/** So much of each list goes to clients. */
const MOST_LISTED = 1_000

/** A mirror as clients see it. */
export function mirrorView(
  engine: Engine,
  configuration: Pick<Configuration, 'destinations' | 'plans'>,
  runs: readonly Run[],
  known: KnownMirror,
): Mirror {
  const { destinationId, ignore, ...mirror } = known
  const { destinations } = configuration
  const lastStart = lastStartMs(engine, mirror.id)
  const end = mirrorEnd(engine, mirror.id)
  return {
    ...mirror,
    placeId: destinationId,
    placeName: destinations.find(({ id }) => id === destinationId)?.name ?? destinationId,
    ignore: [...ignore],
    ...(lastStart !== undefined && { lastStartAt: isoTime(lastStart) }),
    ...stateOf(engine, configuration, runs, known, end),
    ...(end?.holds && { holds: end.holds }),
    ...(end && { last: endView(end) }),
  }
}

/** How it is with a mirror, and what keeps it from going on. */
function stateOf(
  engine: Engine,
  configuration: Pick<Configuration, 'plans'>,
  runs: readonly Run[],
  { id, direction, folder, schedule }: KnownMirror,
  end: KeptMirrorEnd | undefined,
): Pick<Mirror, 'state' | 'error'> {
  if (runs.some(({ state, aboutIds }) => state === 'running' && aboutIds?.includes(id)))
    return { state: 'running' }
  const guard = direction === 'push' ? guardOver(engine, configuration, folder) : undefined
  if (guard)
    return {
      state: 'held',
      error: wireErrorOf(new EverstowError('mirror-guarded', { data: { plan: guard.name } })),
    }
  if (end?.held) return { state: 'held' }
  const error = end?.error && end.outcome === 'failed' ? storedToWire(end.error) : undefined
  if (error) return { state: error.retry === 'never' ? 'failed' : 'waiting', error }
  if (schedule !== 'manual' && pausedUntil(engine) !== undefined) return { state: 'paused' }
  if (engine.outbox.isOffline()) return { state: 'waiting' }
  if (!end) return { state: 'new' }
  return { state: end.outcome === 'done' ? 'current' : 'incomplete' }
}

const endView = ({ atMs, error, holds: _, ...end }: KeptMirrorEnd): MirrorEnd => ({
  at: isoTime(atMs),
  ...end,
  ...(error && { error: storedToWire(error) }),
})

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
