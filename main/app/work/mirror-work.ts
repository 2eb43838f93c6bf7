import type { MirrorOutcome } from '../../engine/engine.ts'
import { asEverstowError, type ErrorCode, EverstowError } from '../../engine/model/errors.ts'
import type { Mirror } from '../../engine/model/mirror.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import type { AppContext } from '../app-context.ts'
import { lastStartFact } from '../kept/due-times.ts'
import { guardOver } from '../kept/guard-state.ts'
import { countLeft, keepMirrorEnd } from '../kept/mirror-end.ts'
import type { RunControl } from '../state/runs.ts'
import { mirrorReport } from '../wire/mirror-report.ts'
import { wireErrorOf } from '../wire/wire-error.ts'
import { recorded } from './recorded.ts'

/** What says nothing of the mirror itself, and is known as long as it holds. */
const TOLD_OTHERWISE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'already-running',
  'offline',
  'mirror-guarded',
])

/** Brings one side of a mirror to the other. */
export function startMirror(app: AppContext, mirror: Mirror, confirmed: boolean): string {
  const { engine } = app
  const about = { label: mirror.name, aboutIds: [mirror.id] }
  return app.runs.start({ kind: 'mirror', ...about, phase: 'delivering' }, (control) =>
    recorded(app, 'mirror', {}, async () => {
      try {
        return say(app, mirror, control, await bring(app, mirror, control, confirmed))
      } catch (caught) {
        const error = inItsWords(asEverstowError(caught))
        if (!TOLD_OTHERWISE.has(error.code))
          keepMirrorEnd(engine, mirror.id, {
            outcome: error.code === 'cancelled' ? 'cancelled' : 'failed',
            error: storedErrorOf(error),
          })
        throw error
      }
    }),
  )
}

async function bring(
  { engine }: AppContext,
  mirror: Mirror,
  control: RunControl,
  confirmed: boolean,
): Promise<MirrorOutcome> {
  if (engine.outbox.isOffline()) throw new EverstowError('offline')
  const plan = guardOver(engine, await engine.configuration.read(), mirror.folder)
  if (plan && mirror.direction === 'push')
    throw new EverstowError('mirror-guarded', { data: { plan: plan.name } })
  engine.facts.set(lastStartFact(mirror.id), String(engine.env.clock.now()))
  return engine.mirrors.run(mirror.id, {
    signal: control.signal,
    confirmed,
    onProgress: ({ transferred, bytes }, currentPath) =>
      control.update({ files: transferred, bytes, currentPath }),
  })
}

/** A place that takes nothing now speaks of copies; there are none here. */
function inItsWords(error: EverstowError): EverstowError {
  return error.code === 'place-paused' ? new EverstowError('mirror-waits', { data: error.data }) : error
}

/** Says and keeps what a run came to. */
function say(
  { engine }: AppContext,
  mirror: Mirror,
  control: RunControl,
  did: MirrorOutcome,
): 'done' | 'incomplete' | 'failed' {
  const report = mirrorReport(mirror, did)
  if (did.held) {
    const asked = new EverstowError('confirmation-needed', { data: { ...did.held, reason: 'mirror' } })
    keepMirrorEnd(engine, mirror.id, { outcome: 'failed', error: storedErrorOf(asked) }, did)
    control.update({ mirror: report, state: 'failed', error: wireErrorOf(asked) })
    return 'failed'
  }
  const outcome = countLeft(did) === 0 ? 'done' : 'incomplete'
  keepMirrorEnd(engine, mirror.id, { outcome }, did)
  control.update({ mirror: report, state: outcome })
  return outcome
}
