import { EverstowError } from '../../engine/model/errors.ts'
import type { AppContext } from '../app-context.ts'
import { type Alarm, keepGuardState, openAlarms, outlineOf } from '../kept/guard-state.ts'

/** Somebody says that an unusual change was wanted: what the guard pinned is let go, clean-ups go on, and the next change is compared with what is there now. */
export async function acceptAlarm(app: AppContext, wanted: string) {
  const { engine } = app
  const { plan, alarm } = await findAlarm(app, wanted)
  if (alarm.isPinned && isThere(app, alarm.goodId)) await engine.backups.pin(alarm.goodId, false)
  const [newest] = engine.backups.list({ planId: plan.id, limit: 1, offset: 0 }).backups
  const base = newest && { backupId: newest.id, outline: outlineOf(plan) }
  keepGuardState(engine, plan.id, { ...(base ? { base } : {}), usual: [] })
  app.changed()
  return { planId: plan.id, planName: plan.name, backupId: alarm.backupId }
}

/** The open alarm of a plan (by name or id), or of a backup. Throws `no-alarm`. */
async function findAlarm({ engine }: AppContext, wanted: string) {
  const name = wanted.toLocaleLowerCase()
  const found = openAlarms(engine, await engine.configuration.read()).find(
    ({ plan, alarm }) =>
      alarm.backupId === wanted || plan.id === wanted || plan.name.toLocaleLowerCase() === name,
  )
  if (!found) throw new EverstowError('no-alarm', { data: { name: wanted } })
  return found
}

function isThere({ engine }: AppContext, id: Alarm['goodId']): boolean {
  try {
    return engine.backups.get(id).id === id
  } catch {
    return false
  }
}
