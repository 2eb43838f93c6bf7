import type { Workspace } from '../catalogue/workspace.ts'
import { inParallel } from '../env/in-parallel.ts'
import type { BackupRow } from '../model/backup.ts'
import { asEverstowError, type EverstowError } from '../model/errors.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import { walPrefix } from '../repository/format/wal-object.ts'
import type { CommitLog } from '../repository/log/commit-log.ts'
import { forgetSnapshots } from '../repository/log/snapshot-marks.ts'
import { isLive } from '../repository/log/state-queries.ts'
import { listAll } from '../repository/upkeep/list-all.ts'
import { parseLsn } from '../sources/postgres/wal/lsn.ts'
import { parseWalName, segmentAt, segmentNumber } from '../sources/postgres/wal/wal-name.ts'
import type { KnownBase, ReadFile } from './base-facts.ts'
import { coverageAt, type DestinationCoverage } from './coverage-at.ts'
import type { DatabaseDeps } from './deps.ts'

/** What tidying needs of the rest of the engine. */
export interface TidyVerbs {
  readonly readFile: ReadFile
  /** Takes forgotten snapshots of a destination out of the catalogue. */
  dropGone(workspace: Workspace, destinationId: string, log: CommitLog, signal: AbortSignal): Promise<number>
}

/** What goes, or would go, from one destination. */
export interface TidyReport {
  readonly destinationId: string
  /** Ids of base backups. */
  readonly bases: readonly string[]
  readonly objects: number
  readonly bytes: number
  /** The base backup that everything is kept from; undefined: none is old enough, so nothing goes. */
  readonly keptFrom: string | undefined
  readonly error: EverstowError | undefined
}

const DAY_MS = 86_400_000
const AT_ONCE = 8

/**
 * Removes what is no longer needed to recover any moment of the days that are kept: base backups before the last one that is older than that, and the log
 * before the earliest that any kept one needs. Only where that one is there for sure. Histories always stay: they are small, and say which timeline is whose.
 */
export async function tidyDatabase(
  deps: DatabaseDeps,
  verbs: TidyVerbs,
  database: ProtectedDatabase,
  { dryRun, signal }: { readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<TidyReport[]> {
  const reports: TidyReport[] = []
  for (const at of await coverageAt(deps, verbs.readFile, database, signal)) {
    const none = { destinationId: at.destinationId, bases: [], objects: 0, bytes: 0, keptFrom: undefined }
    try {
      if (at.error) throw at.error
      reports.push((await tidyAt(deps, verbs, database, at, dryRun, signal)) ?? { ...none, error: undefined })
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      reports.push({ ...none, error })
    }
  }
  return reports
}

async function tidyAt(
  deps: DatabaseDeps,
  { dropGone }: TidyVerbs,
  database: ProtectedDatabase,
  at: DestinationCoverage,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<TidyReport | undefined> {
  const { workspace, places, repositories } = deps
  const { destinationId } = at
  const keeper = keeperOf(at, workspace.env.clock.now() - database.keepDays * DAY_MS)
  if (!keeper) return undefined
  const { log } = await repositories.open(destinationId, { signal })
  const state = await log.refresh(signal)
  if (!isLive(state.snapshots.get(keeper.backup.sha256))) return undefined
  const kept = at.bases.filter(({ backup, facts }) => facts.endMs >= keeper.facts.endMs || backup.pinned)
  const gone = at.bases.filter((base) => !kept.includes(base)).map(({ backup }) => backup)
  const segmentBytes = at.at?.archive.segmentBytes ?? keeper.facts.segmentBytes
  const first = Math.min(...kept.map(({ facts }) => segmentAt(parseLsn(facts.startLsn) ?? 0n, segmentBytes)))
  const store = await places.open(destinationId)
  const keys: string[] = []
  let bytes = 0
  for await (const { key, sizeBytes } of listAll(store, walPrefix(database.id), signal))
    if (isBefore(key, first, segmentBytes)) {
      keys.push(key)
      bytes += sizeBytes
    }
  if (!dryRun) {
    await forget(gone)
    await inParallel(keys, AT_ONCE, (key) => store.delete(key, signal))
    places.settleRequests()
  }
  const bases = gone.map(({ id }) => id)
  return { destinationId, bases, objects: keys.length, bytes, keptFrom: keeper.backup.id, error: undefined }

  async function forget(backups: readonly BackupRow[]): Promise<void> {
    if (backups.length === 0) return
    await forgetSnapshots(
      log,
      backups.map(({ sha256 }) => sha256),
      signal,
    )
    await dropGone(workspace, destinationId, log, signal)
  }
}

/** The last base backup that can be used and is older than what is to be recovered. */
function keeperOf({ bases, timelines }: DestinationCoverage, beforeMs: number): KnownBase | undefined {
  const usable = new Set(timelines.flatMap(({ reaches }) => reaches.map(({ base }) => base.id)))
  return bases.findLast(({ backup, facts }) => usable.has(backup.id) && facts.endMs <= beforeMs)
}

/** `<name>`, or `<name>.<hash>.body` beside it. */
function isBefore(key: string, first: number, segmentBytes: number): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1).replace(/\.[0-9a-f]{64}\.body$/, '')
  const parsed = parseWalName(name)
  if (!parsed || parsed.kind === 'history') return false
  const number = segmentNumber(parsed, segmentBytes)
  return number !== undefined && number < first
}
