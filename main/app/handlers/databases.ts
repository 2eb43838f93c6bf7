import { DEFAULT_BASE_SCHEDULE, DEFAULT_KEEP_DAYS } from '../../engine/model/protected-database.ts'
import { shellWord } from '../../engine/model/recovery.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import type { AppContext } from '../app-context.ts'
import { sinceFact } from '../kept/due-times.ts'
import type { Handlers } from '../server/contract-server.ts'
import { coverageView, databaseView, guardView } from '../views/database-view.ts'
import { storedToWire } from '../wire/wire-error.ts'
import { startBase, startDatabaseProof, startDatabaseTidy, startRecovery } from '../work/recover-work.ts'
import { placeNames } from '../work/snapshot-work.ts'

/** Calls about clusters under continuous protection. */
export function databaseHandlers(app: AppContext) {
  const { engine } = app
  const { databases } = engine

  return {
    'databases.list': async () =>
      (await engine.configuration.read()).databases.map((each) => databaseView(engine, each)),

    'databases.add': async ({ name, url, placeIds, baseSchedule, keepDays, password }, { signal }) => {
      const database = await databases.add(
        {
          name,
          url,
          destinationIds: placeIds,
          baseSchedule: baseSchedule ?? DEFAULT_BASE_SCHEDULE,
          keepDays: keepDays ?? DEFAULT_KEEP_DAYS,
        },
        password,
        signal,
      )
      engine.facts.set(sinceFact(database.id), String(engine.env.clock.now()))
      app.changed()
      return databaseView(engine, database)
    },

    'databases.remove': async ({ name }) => {
      const { id } = await databases.find(name)
      await databases.remove(id)
      app.changed()
      return { removed: true }
    },

    'databases.settings': async ({ name }) => {
      const database = await databases.find(name)
      const words = [...app.program, '--home', engine.home, 'db', 'archive-wal', '%p', database.name]
      return {
        settings: [
          { name: 'wal_level', value: 'replica' },
          { name: 'archive_mode', value: 'on' },
          // A percent sign of ours must not be taken for one of PostgreSQL's.
          {
            name: 'archive_command',
            value: words
              .map((word) => (word === '%p' ? word : shellWord(word).replaceAll('%', '%%')))
              .join(' '),
          },
          { name: 'archive_timeout', value: '60' },
        ],
      }
    },

    'databases.coverage': async ({ name, placeId }, { signal }) => {
      const nameOf = await placeNames(app)
      const found = await databases.coverage(name, signal, placeId)
      return { places: found.map((each) => coverageView(each, nameOf)) }
    },

    'databases.guard': async ({ name }, { signal }) => guardView(await databases.guard(name, signal)),

    'databases.archiveWal': async ({ name, path }, { signal }) => {
      const nameOf = await placeNames(app)
      const archived = await databases.archiveWal(name, path, signal)
      return {
        file: archived.name,
        places: archived.places.map(({ destinationId, state, error }) => ({
          placeId: destinationId,
          placeName: nameOf(destinationId),
          state,
          ...(error ? { error: storedToWire(storedErrorOf(error)) } : {}),
        })),
      }
    },

    'databases.fetchWal': async ({ name, file, into }, { signal }) => {
      await databases.fetchWal(name, file, into, signal)
      return { file }
    },

    'databases.base': async ({ name }) => {
      const { destinations } = await engine.configuration.read()
      return { runId: startBase(app, await databases.find(name), destinations) }
    },

    'databases.prove': ({ name }) => ({ runId: startDatabaseProof(app, name) }),

    'databases.tidy': ({ name, dryRun }) => ({ runId: startDatabaseTidy(app, name, dryRun) }),

    'databases.recover': (order) => ({ runId: startRecovery(app, order) }),
  } satisfies Partial<Handlers>
}
