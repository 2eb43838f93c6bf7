import { isAbsolute } from 'node:path'
import type { CallParsed } from '../../contract/index.ts'
import type { BackupQuery } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { isPostgresSource, parsePostgresSource } from '../../engine/model/postgres-source.ts'
import type { AppContext } from '../app-context.ts'
import { endOf, startOf } from '../day-or-time.ts'
import { refuseIfHeld } from '../guard/refuse-if-held.ts'
import type { Handlers } from '../server/contract-server.ts'
import { backupView, fileView, recordView } from '../wire/backup-view.ts'
import { startBackup } from '../work/backup-work.ts'
import { ensureHere } from '../work/ensure-here.ts'
import { startCleanup, startPush, startRebuild, startVerify } from '../work/other-work.ts'
import { keepLastAnswer } from './last-answer.ts'

/** As long as somebody may still scroll in it. */
const LISTING_KEPT_MS = 60_000

/** Calls about backups and runs. */
export function backupHandlers(app: AppContext) {
  const { engine, runs } = app
  const lastListing = keepLastAnswer<Awaited<ReturnType<typeof engine.backups.files>>>(
    engine.env.clock,
    LISTING_KEPT_MS,
  )

  return {
    'backup.start': async (input) => {
      return {
        runId: await (input.plan === undefined ? startOfPaths(input) : startOfPlan(input.plan, input)),
      }
    },

    'backup.list': async (query) => {
      const configuration = await engine.configuration.read()
      const { backups, total } = engine.backups.list(backupQuery(query))
      return { backups: backups.map((row) => backupView(engine, configuration, row)), total }
    },

    'backup.days': (filter) => engine.backups.days(backupFilter(filter)),

    'backup.records': (query) =>
      engine.backups.list(backupQuery(query)).backups.map((row) => recordView(engine, row)),

    'backup.get': async ({ id }) => {
      const row = engine.backups.get(id)
      return {
        ...backupView(engine, await engine.configuration.read(), row),
        skipped: engine.backups.skipped(row.id),
      }
    },

    'backup.files': async ({ id, limit, offset, ...query }, { signal }) => {
      const backupId = engine.backups.get(id).id
      const entries = await lastListing(JSON.stringify([backupId, query]), () =>
        engine.backups.files(backupId, query, signal),
      )
      return { entries: entries.slice(offset, offset + limit).map(fileView), total: entries.length }
    },

    'backup.push': ({ id }) => ({ runId: startPush(app, known(id)) }),
    'backup.verify': ({ id, placeId, dataPercent, heal }) => {
      const backupId = known(id)
      return {
        runId: startVerify(app, {
          dataPercent,
          heal,
          ...(backupId === undefined ? {} : { backupId }),
          ...(placeId === undefined ? {} : { destinationId: placeId }),
        }),
      }
    },
    'backup.cleanup': async (order) => {
      await refuseIfHeld(app, order)
      return { runId: startCleanup(app, order) }
    },
    'catalogue.rebuild': () => ({ runId: startRebuild(app) }),

    'run.list': () => [...runs.list()],
    'run.get': ({ id }) => runs.get(id),
    'run.wait': ({ id }, { signal }) => runs.wait(id, signal),
    'run.cancel': ({ id }) => ({ cancelled: runs.cancel(id) }),
  } satisfies Partial<Handlers>

  /** The id itself; fails for a backup that is not there, `latest` is the newest. */
  function known(id: string | undefined): string | undefined {
    return id === undefined ? undefined : engine.backups.get(id).id
  }

  async function startOfPlan(name: string, input: CallParsed<'backup.start'>): Promise<string> {
    const plan = await engine.plans.find(name)
    const { destinations } = await engine.configuration.read()
    const wanted = input.placeIds ?? plan.destinationIds
    return startBackup(app, {
      plan,
      sources: plan.sources,
      destinations: destinations.filter(({ id }) => wanted.includes(id)),
      exclude: [...plan.exclude, ...(input.exclude ?? [])],
      excludePresets: plan.excludePresets,
      format: input.format ?? plan.format,
      ...(plan.compression ? { compression: plan.compression } : {}),
      ...(input.tag ? { tag: input.tag } : {}),
    })
  }

  async function startOfPaths(input: CallParsed<'backup.start'>): Promise<string> {
    const paths = input.paths ?? []
    if (paths.length === 0) throw new EverstowError('nothing-to-back-up')
    for (const path of paths) if (isPostgresSource(path)) parsePostgresSource(path)
    const relative = paths.find((path) => !isAbsolute(path) && !isPostgresSource(path))
    if (relative !== undefined)
      throw new EverstowError('invalid-input', { data: { field: 'paths', value: relative } })
    await ensureHere(app)
    const { destinations } = await engine.configuration.read()
    for (const id of input.placeIds ?? []) await engine.places.find(id)
    const chosen = input.placeIds
      ? destinations.filter(({ id }) => input.placeIds?.includes(id))
      : destinations
    return startBackup(app, {
      sources: paths,
      destinations: chosen,
      exclude: input.exclude ?? [],
      excludePresets: [],
      format: input.format ?? 'snapshot',
      ...(input.tag ? { tag: input.tag } : {}),
    })
  }
}

function backupQuery({ limit, offset, ...filter }: CallParsed<'backup.list'>): BackupQuery {
  return { limit, offset, ...backupFilter(filter) }
}

/** A date alone means the whole of that local day. */
function backupFilter(query: CallParsed<'backup.days'>): Omit<BackupQuery, 'limit' | 'offset'> {
  return {
    ...(query.placeId === undefined ? {} : { destinationId: query.placeId }),
    ...(query.format === undefined ? {} : { format: query.format }),
    ...(query.state === undefined ? {} : { state: query.state }),
    ...(query.planId === undefined ? {} : { planId: query.planId }),
    ...(query.synced === undefined ? {} : { synced: query.synced }),
    ...(query.source === undefined ? {} : { source: query.source }),
    ...(query.search === undefined ? {} : { search: query.search }),
    ...(query.from === undefined ? {} : { fromMs: startOf(query.from, 'from') }),
    ...(query.to === undefined ? {} : { toMs: endOf(query.to, 'to') }),
  }
}
