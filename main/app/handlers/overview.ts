import { EverstowError } from '../../engine/model/errors.ts'
import { apiState } from '../api/api-state.ts'
import type { AppContext } from '../app-context.ts'
import { importEnv } from '../env-import/import-env.ts'
import { PAUSE_FACT } from '../kept/paused.ts'
import type { Handlers } from '../server/contract-server.ts'
import { changeSettings, settingsOf } from '../settings.ts'
import { placeViews } from '../views/place-view.ts'
import { schedulePreview } from '../views/schedule-preview.ts'
import { scheduleView } from '../views/schedule-view.ts'
import { statisticsView } from '../views/statistics-view.ts'
import { statusView } from '../views/status-view.ts'
import { recordView } from '../wire/backup-view.ts'

/** Calls about the whole: info, settings, status, statistics, pause, import. */
export function overviewHandlers(app: AppContext) {
  const { engine, hostCan } = app

  async function status() {
    await app.openSecrets()
    const configuration = await engine.configuration.read()
    const places = await placeViews(engine, configuration)
    const api = await apiState(engine, settingsOf(configuration))
    return statusView(engine, configuration, places, app.runs.list(), api)
  }

  return {
    'app.info': () => ({
      name: 'Everstow' as const,
      version: app.version,
      platform: app.platform,
      host: app.host,
      home: engine.home,
      secretStore: engine.env.secrets.kind,
      locale: app.locale,
      can: {
        pickFolder: hostCan.pickFolder !== undefined,
        openFolder: hostCan.openFolder !== undefined,
        startAtLogin: hostCan.setStartAtLogin !== undefined,
        tray: hostCan.tray === true,
        serveApi: hostCan.serveApi !== undefined,
        showWindow: hostCan.showWindow !== undefined,
      },
    }),

    'settings.get': () => app.settings(),

    'settings.update': async (change) => {
      const settings = await changeSettings(engine, change)
      if (change.startAtLogin !== undefined) await hostCan.setStartAtLogin?.(change.startAtLogin)
      app.changed()
      return settings
    },

    'status.get': status,

    'automation.pause': async ({ until }) => {
      const untilMs = until === undefined ? undefined : Date.parse(until)
      if (Number.isNaN(untilMs))
        throw new EverstowError('invalid-input', { data: { field: 'until', value: until } })
      engine.facts.set(PAUSE_FACT, untilMs === undefined ? 'forever' : String(untilMs))
      app.changed()
      return status()
    },

    'automation.resume': async () => {
      engine.facts.set(PAUSE_FACT, undefined)
      app.changed()
      return status()
    },

    'schedule.list': () => scheduleView(app),
    'schedule.preview': (input) => schedulePreview(app, input),

    'stats.get': async () => statisticsView(engine, await engine.configuration.read()),

    'cloud.status': async ({ limit }) => ({
      success: true as const,
      statistics: statisticsView(engine, await engine.configuration.read()),
      recent_backups: engine.backups.list({ limit, offset: 0 }).backups.map((row) => recordView(engine, row)),
    }),

    'env.import': async (input) => {
      const report = await importEnv(app, input)
      if (report.applied) app.changed()
      return report
    },
  } satisfies Partial<Handlers>
}
