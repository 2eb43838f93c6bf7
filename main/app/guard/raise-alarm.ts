import type { BackupRow } from '../../engine/model/backup.ts'
import { asEverstowError } from '../../engine/model/errors.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { type ChangeFacts, type Signal, touchedFiles } from '../../engine/model/unusual/unusual-change.ts'
import type { AppContext } from '../app-context.ts'
import { type Alarm, type GuardState, guardState, keepGuardState } from '../kept/guard-state.ts'

/** An unusual change, and between which backups. */
export interface UnusualChange {
  readonly plan: Plan
  readonly backup: BackupRow
  readonly before: BackupRow
  readonly facts: ChangeFacts
  readonly signals: readonly Signal[]
  readonly withinMs: number
  readonly state: GuardState
}

/** Opens an alarm: from here on nothing of the plan is forgotten, its last good backup is pinned, and the keeper of alerts tells of it. */
export async function raiseAlarm(app: AppContext, unusual: UnusualChange): Promise<void> {
  const { engine } = app
  const { plan, backup, before, facts, signals, withinMs, state } = unusual
  const alarm: Alarm = {
    backupId: backup.id,
    goodId: before.id,
    sinceMs: engine.env.clock.now(),
    signals: [...signals],
    touched: touchedFiles(facts),
    files: facts.filesBefore,
    withinMs,
    isPinned: false,
    wasPinned: before.pinned,
  }
  // Kept before anything else: a clean-up that begins now must find it.
  keepGuardState(engine, plan.id, { ...state, alarm })
  engine.env.log
    .area('guard')
    .warn('unusual change', { plan: plan.name, backup: backup.id, signals, ...facts })
  await pinLastGood(app, plan)
  app.changed()
}

/** Pins the backup before an open alarm. A place that does not answer keeps it from that until the next backup; the alarm holds clean-ups back meanwhile. */
export async function pinLastGood({ engine, trail }: AppContext, plan: Plan): Promise<void> {
  const { alarm } = guardState(engine, plan.id)
  if (!alarm || alarm.isPinned || alarm.wasPinned) return
  try {
    await trail.bySystem('backup.pin', () => engine.backups.pin(alarm.goodId, true), {
      id: alarm.goodId,
      planId: plan.id,
      pinned: 'true',
    })
  } catch (caught) {
    const error = asEverstowError(caught)
    engine.env.log.area('guard').warn('could not pin', { plan: plan.name, backup: alarm.goodId, error })
    return
  }
  const now = guardState(engine, plan.id)
  if (now.alarm) keepGuardState(engine, plan.id, { ...now, alarm: { ...now.alarm, isPinned: true } })
}
