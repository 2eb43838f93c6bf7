import type { Mirror, MirrorEnd, MirroredFile, Run } from '../../contract/index.ts'
import type { Configuration, Engine, MirroredFile as Known } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import type { Mirror as KnownMirror } from '../../engine/model/mirror.ts'
import { lastStartMs } from '../kept/due-times.ts'
import { guardOver } from '../kept/guard-state.ts'
import { type KeptMirrorEnd, mirrorEnd } from '../kept/mirror-end.ts'
import { pausedUntil } from '../kept/paused.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire, wireErrorOf } from '../wire/wire-error.ts'

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

export const mirroredFileView = ({ path, sizeBytes, atMs, version }: Known): MirroredFile => ({
  path,
  bytes: sizeBytes,
  at: isoTime(atMs),
  ...(version !== undefined && { version }),
})
