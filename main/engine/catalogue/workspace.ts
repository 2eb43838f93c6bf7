import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Env } from '../env/env.ts'
import { acquireLock, type Lock, type LockHolder } from '../env/node/exclusive-lock.ts'
import { EverstowError } from '../model/errors.ts'
import { type ConfigurationFile, openConfiguration } from './configuration.ts'
import { openDatabase } from './database.ts'

/** Where things lie in the home folder. */
export interface HomePaths {
  readonly home: string
  /** Archives on their way to their places. */
  readonly spool: string
  /** Indexes of archives; safe to delete. */
  readonly indexes: string
  readonly locks: string
  /** The local place made when nothing is configured. */
  readonly here: string
}

/** What every part of the engine above storage works with: the outside world, the memory of this computer, its locks. */
export interface Workspace {
  readonly env: Env
  readonly paths: HomePaths
  readonly database: DatabaseSync
  readonly configuration: ConfigurationFile
  /** True when the catalogue was made anew at this opening. */
  readonly catalogueIsFresh: boolean
  /** Takes a lock that no other process or call has, or tells who has it. */
  tryLock(name: string, what: string): Promise<Lock | { readonly holder: LockHolder }>
  /** Takes a lock, waiting for its holder as long as need be. */
  lock(name: string, what: string, signal?: AbortSignal): Promise<Lock>
  close(): void
}

/** Paths inside a home folder. */
export function homePaths(home: string): HomePaths {
  return {
    home,
    spool: join(home, 'spool'),
    indexes: join(home, 'cache', 'indexes'),
    locks: join(home, 'locks'),
    here: join(home, 'here'),
  }
}

const POLL_MS = 200

/** Opens the home folder, making what is missing. Everything in it is for its owner alone. */
export async function openWorkspace(home: string, env: Env): Promise<Workspace> {
  const paths = homePaths(home)
  for (const folder of [paths.home, paths.spool, paths.indexes, paths.locks])
    await env.files.mkdir(folder, { mode: 0o700 })

  const tryLock: Workspace['tryLock'] = (name, what) => acquireLock(join(paths.locks, `${name}.lock`), what)
  const lock: Workspace['lock'] = async (name, what, signal) => {
    for (;;) {
      if (signal?.aborted) throw new EverstowError('cancelled')
      const answer = await tryLock(name, what)
      if (!('holder' in answer)) return answer
      await env.clock.sleep(POLL_MS, signal)
    }
  }

  // Two first starts at once must not both make or set aside the database.
  const opening = await lock('catalogue', 'opening the catalogue')
  const { database, fresh } = await openDatabase(
    join(home, 'catalogue.db'),
    env.files,
    env.log.area('catalogue'),
  ).finally(() => opening.release())

  const configuration = openConfiguration(join(home, 'settings.json'), env.files, async (task) => {
    const held = await lock('settings', 'changing settings')
    try {
      return await task()
    } finally {
      await held.release()
    }
  })
  return {
    env,
    paths,
    database,
    configuration,
    catalogueIsFresh: fresh,
    tryLock,
    lock,
    close: () => database.close(),
  }
}
