import type { Mirror } from '../../engine/model/mirror.ts'
import { parseSchedule } from '../../engine/model/schedule/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { forgetMirrorEnd } from '../kept/mirror-end.ts'
import type { Handlers } from '../server/contract-server.ts'
import { mirroredFileView, mirrorView } from '../views/mirror-view.ts'
import { mirrorReport } from '../wire/mirror-report.ts'
import { startMirror } from '../work/mirror-work.ts'

/** Calls about folders that lie somewhere as plain objects. */
export function mirrorHandlers(app: AppContext) {
  const { engine } = app
  const { mirrors } = engine
  const view = async (mirror: Mirror) =>
    mirrorView(engine, await engine.configuration.read(), app.runs.list(), mirror)

  return {
    'mirror.list': async () => {
      const configuration = await engine.configuration.read()
      return configuration.mirrors.map((each) => mirrorView(engine, configuration, app.runs.list(), each))
    },
    'mirror.add': async ({ placeId, schedule, prefix, ...description }) => {
      const mirror = await mirrors.add({
        ...description,
        destinationId: placeId,
        schedule: parseSchedule(schedule),
        ...(prefix !== undefined && { prefix }),
      })
      app.changed()
      return view(mirror)
    },
    'mirror.update': async ({ id, change: { schedule, ...change } }) => {
      const mirror = await mirrors.update(id, {
        ...change,
        ...(schedule !== undefined && { schedule: parseSchedule(schedule) }),
      })
      app.changed()
      return view(mirror)
    },
    'mirror.remove': async ({ id }) => {
      const mirror = await mirrors.find(id)
      await mirrors.remove(mirror.id)
      forgetMirrorEnd(engine, mirror.id)
      app.changed()
      return { removed: true }
    },
    'mirror.run': async ({ id, confirmed }) => ({
      runId: startMirror(app, await mirrors.find(id), confirmed),
    }),
    'mirror.preview': async ({ id }, { signal }) => {
      const mirror = await mirrors.find(id)
      return mirrorReport(mirror, await mirrors.preview(mirror.id, signal))
    },
    'mirror.previewIgnore': ({ folder, ignore, path }, { signal }) =>
      mirrors.previewIgnore({ folder, ignore, path }, signal),
    'mirror.files': async ({ id, path, versions, limit }, { signal }) => {
      const all = await mirrors.files(id, path, signal)
      const wanted = versions ? all : all.filter(({ version }) => version === undefined)
      return { files: wanted.slice(0, limit).map(mirroredFileView), total: wanted.length }
    },
    'mirror.restore': async ({ id, path, version, into }, { signal }) => ({
      path: await mirrors.restore(
        id,
        { path, ...(version !== undefined && { version }), ...(into !== undefined && { into }) },
        signal,
      ),
    }),
  } satisfies Partial<Handlers>
}
