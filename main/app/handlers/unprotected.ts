import { resolve } from 'node:path'
import type { AppContext } from '../app-context.ts'
import type { Handlers } from '../server/contract-server.ts'
import { keepCounted } from '../unprotected/counted.ts'
import { setOnPurpose } from '../unprotected/on-purpose.ts'
import { foldersOutside, unprotectedReport } from '../unprotected/unprotected-report.ts'

/** Calls about what no backup holds. */
export function unprotectedHandlers(app: AppContext) {
  const { engine } = app
  return {
    'unprotected.report': () => unprotectedReport(app),

    'unprotected.count': async (_input, { signal }) => {
      const outside = await foldersOutside(app, await engine.configuration.read())
      keepCounted(engine, await engine.sources.survey(outside, signal))
      return unprotectedReport(app)
    },

    'unprotected.accept': async ({ path, onPurpose }) => {
      const plain = resolve(path)
      // The report names folders without links.
      const folder = await engine.env.files.realPath(plain).catch(() => plain)
      await setOnPurpose(engine, folder, onPurpose)
      app.changed()
      return { path: folder, onPurpose }
    },
  } satisfies Partial<Handlers>
}
