import { EverstowError } from '../../engine/model/errors.ts'
import type { Mirror } from '../../engine/model/mirror.ts'
import type { AppContext } from '../app-context.ts'
import { lastStartFact } from '../due-times.ts'
import { mirrorReport } from '../views/mirror-view.ts'
import { wireErrorOf } from '../views/wire-error.ts'
import { recorded } from './recorded.ts'

/** Files that are left alone for what they are, which no run changes. */
const EXPECTED = new Set(['symlink', 'special'])

/** Brings one side of a mirror to the other. */
export function startMirror(app: AppContext, mirror: Mirror, confirmed: boolean): string {
  const { engine } = app
  return app.runs.start({ kind: 'mirror', label: mirror.name, phase: 'delivering' }, (control) =>
    recorded(app, 'mirror', {}, async () => {
      if (engine.outbox.isOffline()) throw new EverstowError('offline')
      engine.facts.set(lastStartFact(mirror.id), String(engine.env.clock.now()))
      const outcome = await engine.mirrors.run(mirror.id, {
        signal: control.signal,
        confirmed,
        onProgress: ({ transferred, bytes }, currentPath) =>
          control.update({ files: transferred, bytes, currentPath }),
      })
      const report = mirrorReport(mirror, outcome)
      const { held } = outcome
      if (held) {
        const asked = new EverstowError('confirmation-needed', { data: { ...held, reason: 'mirror' } })
        control.update({ mirror: report, state: 'failed', error: wireErrorOf(asked) })
        return 'failed'
      }
      const isDone = outcome.left.every(({ reason }) => EXPECTED.has(reason))
      control.update({ mirror: report, state: isDone ? 'done' : 'incomplete' })
      return isDone ? 'done' : 'incomplete'
    }),
  )
}
