import { type Asker, type BackupRange, patternOf } from '../../engine/engine.ts'
import { apiState } from '../api/api-state.ts'
import type { AppContext } from '../app-context.ts'
import { endOf, startOf } from '../day-or-time.ts'
import type { CallContext, Handlers } from '../server/contract-server.ts'
import { settingsOf } from '../settings.ts'
import { dataStatusView } from '../views/data-status.ts'
import { dataBackupView, dataFileView, dataSourceView, fromBackup, readView } from '../views/data-view.ts'
import { placeViews } from '../views/place-view.ts'
import { statusView } from '../views/status-view.ts'
import { isoTime } from '../wire/backup-view.ts'

/** Calls that look into backups as data. Whoever calls sees what their gate admits. */
export function dataHandlers(app: AppContext) {
  const { engine } = app
  const { data } = engine

  return {
    'data.backups': async ({ backup, format, search, limit, offset, ...range }, context) => {
      const asked = { ...rangeOf(range), backup, format, search, limit, offset }
      const { backups, total } = await data.backups(askerOf(context), asked)
      return { backups: backups.map((row) => dataBackupView(row, context.gate)), total }
    },

    'data.sources': async ({ limit, offset, ...which }, context) => {
      const { backup, sources } = await data.sources(askerOf(context), whichOf(which))
      const page = sources.slice(offset, offset + limit)
      return { ...fromBackup(backup), sources: page.map(dataSourceView), total: sources.length }
    },

    'data.files': async ({ backup, at, folder, name, kind, limit, offset, ...asked }, context) => {
      const { files, truncated, unsearched } = await data.files(askerOf(context), {
        ...rangeOf(asked),
        backup,
        atMs: at === undefined ? undefined : endOf(at, 'at'),
        folder: folder.replace(/\/$/, ''),
        name: name === undefined ? undefined : patternOf(name),
        kind,
        modifiedFromMs:
          asked.modifiedFrom === undefined ? undefined : startOf(asked.modifiedFrom, 'modifiedFrom'),
        modifiedToMs: asked.modifiedTo === undefined ? undefined : endOf(asked.modifiedTo, 'modifiedTo'),
        limit,
        offset,
      })
      return { files: files.map(dataFileView), truncated, ...(unsearched > 0 && { unsearched }) }
    },

    'data.outline': async (asked, context) => {
      const { node, members, truncated, ...read } = await data.outline(askerOf(context), {
        ...asked,
        ...whichOf(asked),
      })
      return { ...readView(read), node, members: [...members], truncated }
    },

    'data.read': async (asked, context) => {
      const { file, kind, ...content } = await data.read(askerOf(context), {
        ...asked,
        ...whichOf(asked),
      })
      return { ...readView({ file, kind }), ...content }
    },

    'data.query': async (asked, context) => {
      const { backup, matches, truncated, unread } = await data.query(askerOf(context), {
        ...asked,
        ...whichOf(asked),
      })
      return { ...fromBackup(backup), matches: [...matches], truncated, unread: [...unread] }
    },

    'data.series': async (asked, context) => {
      const { points, truncated } = await data.series(askerOf(context), { ...asked, ...rangeOf(asked) })
      return {
        points: points.map(({ backup, ...point }) => ({ ...fromBackup(backup), ...point })),
        truncated,
      }
    },

    'data.versions': async ({ path, limit, ...which }, context) => {
      const { versions, truncated } = await data.versions(askerOf(context), {
        ...whichOf(which),
        path,
        limit,
      })
      return {
        versions: versions.map(({ newest, oldest, mtimeMs, ...version }) => ({
          ...fromBackup(newest),
          sinceAt: isoTime(oldest.createdMs),
          modifiedAt: isoTime(mtimeMs),
          ...version,
        })),
        truncated,
      }
    },

    'data.diff': async (asked, context) => {
      const { from, to, moved: _, changes, ...diff } = await data.diff(askerOf(context), asked)
      return { ...diff, from: readView(from), to: readView(to), changes: [...changes] }
    },

    'data.search': async ({ name, at, ...asked }, context) => {
      const { hits, truncated, unsearched } = await data.search(askerOf(context), {
        ...asked,
        ...rangeOf(asked),
        atMs: at === undefined ? undefined : endOf(at, 'at'),
        name: name === undefined ? undefined : patternOf(name),
      })
      return {
        hits: hits.map(({ backup, ...hit }) => ({ ...fromBackup(backup), ...hit })),
        truncated,
        ...(unsearched > 0 && { unsearched }),
      }
    },

    'data.status': async (_, context) => {
      const asked = { limit: Number.MAX_SAFE_INTEGER, offset: 0 }
      const { backups } = await data.backups(askerOf(context), asked)
      const configuration = await engine.configuration.read()
      const places = await placeViews(engine, configuration)
      const api = await apiState(engine, settingsOf(configuration))
      const status = dataStatusView(backups, statusView(engine, configuration, places, app.runs.list(), api))
      const budget = await context.gate.budget?.()
      return { ...status, ...(budget && { budget }) }
    },

    'data.cache': async () => ({ bytes: await data.cache.sizeBytes(), limitBytes: data.cache.limitBytes }),
    'data.clearCache': async () => {
      const bytes = await data.cache.sizeBytes()
      await data.cache.clear()
      return { bytes }
    },
  } satisfies Partial<Handlers>
}

/** A program sees what its key admits, everybody else everything. */
function askerOf({ gate, signal }: CallContext): Asker {
  return { gate, signal }
}

interface RangeInput {
  readonly plan?: string | undefined
  readonly source?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

function rangeOf({ plan, source, from, to }: RangeInput): BackupRange {
  return {
    plan,
    source,
    fromMs: from === undefined ? undefined : startOf(from, 'from'),
    toMs: to === undefined ? undefined : endOf(to, 'to'),
  }
}

/** A day alone means up to its end. */
function whichOf({ backup, at }: { readonly backup: string; readonly at?: string | undefined }) {
  return { backup, atMs: at === undefined ? undefined : endOf(at, 'at') }
}
