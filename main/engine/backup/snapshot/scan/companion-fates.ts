import type { BigIntStats } from '../../../env/node/sync-files.ts'
import type { FsPath } from '../../../sources/files/fs-path.ts'
import type { Name } from '../../../sources/files/list-folder.ts'
import { keyOf, ownerOf, ownersIn, withLog } from '../../../sources/sqlite/companions.ts'
import { isDatabaseAt, statsAt } from '../../../sources/sqlite/database-file.ts'
import { isUntouched, logOf } from '../../../sources/sqlite/look-beside.ts'

/**
 * What became of a database. `consistent`: stored as one transaction left it. `as-known`: taken over from the last backup. `as-read`: read as it lies
 * there. `torn`: the same, and named already.
 */
export type DatabaseFate = 'consistent' | 'as-known' | 'as-read' | 'torn'

interface Database {
  readonly fsPath: FsPath
  readonly stats: BigIntStats
  readonly fate: DatabaseFate
}

/** The databases of a folder beside which something lies, and with it what becomes of that. A folder without any costs a look at its names. */
export class CompanionFates {
  #owners: ReadonlySet<string> = new Set()
  readonly #databases = new Map<string, Database>()

  enter(names: readonly Name[]): void {
    this.#owners = ownersIn(names)
    this.#databases.clear()
  }

  /**
   * What is known of a database with what lies beside it, changed when the later of the two did; `undefined`: this is none, or nothing lies
   * there. `isAlone`: given without the folder it lies in.
   */
  look(name: Name, fsPath: FsPath, stats: BigIntStats, isAlone: boolean): BigIntStats | undefined {
    if (!(this.#owners.has(keyOf(name)) || isAlone) || stats.nlink > 1n || !isDatabaseAt(fsPath))
      return undefined
    const log = logOf(fsPath)
    return log ? withLog(stats, log) : stats
  }

  decide(name: Name, fsPath: FsPath, stats: BigIntStats, fate: DatabaseFate): void {
    if (this.#owners.has(keyOf(name))) this.#databases.set(keyOf(name), { fsPath, stats, fate })
  }

  /**
   * Whether this lies beside a database to whose stored state it does not belong: restored next to it, it would put older pages over newer
   * ones. What the last backup holds beside a database that is as it was belongs to it.
   */
  isLeftOut(name: Name, isKnown: boolean): boolean {
    const fate = this.#databaseOf(name)?.fate
    return fate === 'consistent' || (fate === 'as-known' && !isKnown)
  }

  /** The database that was read as it lies there and has changed before this companion was read: the two do not belong together. */
  movedOn(name: Name): FsPath | undefined {
    const database = this.#databaseOf(name)
    if (database?.fate !== 'as-read') return undefined
    const now = statsAt(database.fsPath)
    return now && isUntouched(database.stats, now) ? undefined : database.fsPath
  }

  #databaseOf(name: Name): Database | undefined {
    const owner = this.#databases.size === 0 ? undefined : ownerOf(name)
    return owner === undefined ? undefined : this.#databases.get(owner)
  }
}
