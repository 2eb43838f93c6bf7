import type { GuardAlarm } from '../../contract/index.ts'
import type { AppContext } from '../app-context.ts'
import { acceptAlarm } from '../guard/accept-alarm.ts'
import { alarmSentence } from '../guard/alarm-sentence.ts'
import { openAlarms } from '../kept/guard-state.ts'
import type { Handlers } from '../server/contract-server.ts'
import { isoTime } from '../wire/backup-view.ts'

/** Calls about unusual changes. */
export function guardHandlers(app: AppContext) {
  const { engine } = app
  return {
    'guard.list': async () =>
      openAlarms(engine, await engine.configuration.read()).map(
        ({ plan, alarm }): GuardAlarm => ({
          planId: plan.id,
          planName: plan.name,
          backupId: alarm.backupId,
          goodBackupId: alarm.goodId,
          since: isoTime(alarm.sinceMs),
          signals: alarm.signals,
          touchedFiles: alarm.touched,
          files: alarm.files,
          isPinned: alarm.isPinned || alarm.wasPinned,
          sentence: alarmSentence(plan.name, alarm),
        }),
      ),

    'guard.accept': ({ name }) => acceptAlarm(app, name),
  } satisfies Partial<Handlers>
}
