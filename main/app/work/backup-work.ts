import type { Run } from '../../contract/index.ts'
import type { CopyProgress } from '../../engine/engine.ts'
import type { Destination } from '../../engine/model/destination.ts'
import { asEverstowError } from '../../engine/model/errors.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import type { AppContext } from '../app-context.ts'
import { judgeBackup } from '../guard/judge-backup.ts'
import { sampleNowAndThen } from '../health/sample-now-and-then.ts'
import { lastStartFact } from '../kept/due-times.ts'
import type { RunControl } from '../state/runs.ts'
import { keepScope } from '../unprotected/scope.ts'
import { backupView } from '../wire/backup-view.ts'
import type { BackupOrder } from './backup-order.ts'
import { expectedBytes } from './expected-bytes.ts'

/** What is done by then needs nobody to say how much was left. */
const SHORT_MS = 1_000

/** Starts a backup: archive, delivery to all places at once, local copies read back. Answers with the run's id. */
export function startBackup(app: AppContext, order: BackupOrder): string {
  const label = order.plan?.name ?? order.sources.join(', ')
  const about = { kind: 'backup' as const, label, ...(order.plan ? { planId: order.plan.id } : {}) }
  return app.runs.start(about, (control) => performBackup(app, order, control))
}

async function performBackup(app: AppContext, order: BackupOrder, control: RunControl): Promise<void> {
  const { engine } = app
  const { plan } = order
  const startedMs = engine.env.clock.monotonicMs()
  let backupId: string | undefined
  let unchangedFiles: number | undefined
  let follow: ((progress: CopyProgress) => void) | undefined
  let packedBytes = 0
  let isRead = false
  const measuring = new AbortController()
  let wholeBytes: number | undefined
  try {
    const { autoSync } = await app.settings()
    const backup = await engine.backUp(
      { ...order, deliver: autoSync },
      {
        signal: control.signal,
        onCopy: (progress) => follow?.(progress),
        onFound: (counts) => {
          unchangedFiles = counts.unchangedFiles
          isRead = true
          measuring.abort()
          if (follow)
            control.update({ phase: 'delivering', bytes: 0, bytesTotal: undefined, currentPath: undefined })
        },
        onStart: (id) => {
          backupId = id
          const sent = () => ({ sizeBytes: packedBytes, isAll: isRead })
          follow = autoSync ? followCopies(control, order.destinations, id, sent) : undefined
          if (app.isWatched) void measure(id)
          if (plan) engine.facts.set(lastStartFact(plan.id), String(engine.env.clock.now()))
          control.update({ backupId: id, phase: 'reading' })
        },
        onProgress: ({ files, bytesRead, bytesWritten, path }) => {
          packedBytes = bytesWritten
          // More than was expected: how much more, nobody knows.
          const bytesTotal = wholeBytes !== undefined && wholeBytes >= bytesRead ? wholeBytes : undefined
          if (!isRead) control.update({ files, bytes: bytesRead, bytesTotal, currentPath: path })
        },
      },
    )
    if (plan) keepScope(engine, plan, backup.id)
    app.changed()
    if (autoSync && isBehind(app, backup.id))
      await deliverBackup(app, backup.id, backup.sizeBytes, order.destinations, control)
    await conclude(app, backup.id, plan, control, startedMs)
    if (plan) await judgeBackup(app, { plan, backup, unchangedFiles, signal: control.signal })
  } catch (caught) {
    const error = asEverstowError(caught)
    engine.history.add({
      atMs: engine.env.clock.now(),
      kind: 'backup',
      outcome: error.code === 'cancelled' ? 'cancelled' : 'failed',
      durationMs: Math.round(engine.env.clock.monotonicMs() - startedMs),
      error: storedErrorOf(error),
      ...(plan ? { planId: plan.id } : {}),
      ...(backupId === undefined ? {} : { backupId }),
    })
    throw error
  } finally {
    measuring.abort()
    app.changed()
  }

  async function measure(id: string): Promise<void> {
    const signal = AbortSignal.any([control.signal, measuring.signal])
    try {
      await engine.env.clock.sleep(SHORT_MS, signal)
      wholeBytes = await expectedBytes(engine, order, id, signal)
    } catch {
      // Without it the progress only says less.
    }
  }
}

function isBehind({ engine }: AppContext, backupId: string): boolean {
  return engine.backups.copies(backupId).some(({ state }) => state !== 'synced')
}

async function deliverBackup(
  app: AppContext,
  backupId: string,
  sizeBytes: number,
  destinations: readonly Destination[],
  control: RunControl,
): Promise<void> {
  const total = sizeBytes * destinations.length
  control.update({ phase: 'delivering', bytes: 0, bytesTotal: total, currentPath: undefined })
  await app.engine.deliver({
    backupId,
    signal: control.signal,
    onProgress: followCopies(control, destinations, backupId, () => ({ sizeBytes, isAll: true })),
  })
  control.update({ phase: 'verifying', bytes: 0, bytesTotal: undefined })
  let checked = 0
  await app.engine.checkLocalCopies(backupId, control.signal, (bytes) => {
    checked += bytes
    control.update({ bytes: checked })
  })
}

/** Keeps a line a place in the run and, once all there is to send is known, the sum of all as its bytes. */
function followCopies(
  control: RunControl,
  destinations: readonly Destination[],
  backupId: string,
  known: () => { readonly sizeBytes: number; readonly isAll: boolean },
): (progress: CopyProgress) => void {
  const copies = new Map<string, NonNullable<Run['copies']>[number]>(
    destinations.map(({ id, name }) => [
      id,
      { placeId: id, placeName: name, state: 'pending', sentBytes: 0, totalBytes: known().sizeBytes },
    ]),
  )
  control.update({ copies: [...copies.values()] })
  return (progress) => {
    const before = copies.get(progress.destinationId)
    if (progress.backupId !== backupId || !before) return
    const { sizeBytes, isAll } = known()
    const state = progress.state === 'removing' ? 'pending' : progress.state
    const sentBytes = state === 'synced' ? sizeBytes : Math.min(progress.sentBytes, sizeBytes)
    copies.set(progress.destinationId, { ...before, state, sentBytes, totalBytes: sizeBytes })
    const all = [...copies.values()]
    const bytes = all.reduce((sum, copy) => sum + copy.sentBytes, 0)
    control.update({ copies: all, ...(isAll ? { bytes, bytesTotal: sizeBytes * all.length } : {}) })
  }
}

/** Writes the outcome down. Some copies behind or some files unread: incomplete. No copy anywhere: the archive waits in the spool. */
async function conclude(
  app: AppContext,
  backupId: string,
  plan: Plan | undefined,
  control: RunControl,
  startedMs: number,
): Promise<void> {
  const { engine } = app
  const row = engine.backups.get(backupId)
  const copies = engine.backups.copies(backupId)
  const landed = copies.flatMap(({ state, destinationId }) => (state === 'synced' ? [destinationId] : []))
  const complete = row.state === 'complete' && landed.length === copies.length
  engine.history.add({
    atMs: row.createdMs,
    kind: 'backup',
    outcome: complete ? 'done' : 'incomplete',
    backupId,
    bytes: row.sizeBytes,
    durationMs: Math.round(engine.env.clock.monotonicMs() - startedMs),
    ...(plan ? { planId: plan.id } : {}),
  })
  await sampleNowAndThen(app, landed, control.signal)
  const backup = backupView(engine, await engine.configuration.read(), row)
  const outcome = complete ? ('done' as const) : ('incomplete' as const)
  control.update({ backup, state: outcome, bytes: row.sourceBytes, bytesTotal: undefined })
}
