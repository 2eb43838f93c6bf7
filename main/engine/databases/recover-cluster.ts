import { join } from 'node:path'
import { inParallel } from '../env/in-parallel.ts'
import type { BackupRow } from '../model/backup.ts'
import { EverstowError } from '../model/errors.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import type { RecoveryTarget } from '../model/recovery.ts'
import type { ArchivedSegment } from '../sources/postgres/wal/archived.ts'
import { chooseRecovery, type Recovery } from '../sources/postgres/wal/choose-recovery.ts'
import { lsnText, parseLsn } from '../sources/postgres/wal/lsn.ts'
import { historyName, segmentName } from '../sources/postgres/wal/wal-name.ts'
import { BASE_FOLDER, DATA_FOLDER, type KnownBase, type ReadFile } from './base-facts.ts'
import { coverageAt, type DestinationCoverage } from './coverage-at.ts'
import { placesOf } from './database-places.ts'
import type { DatabaseDeps } from './deps.ts'
import { near, readWalFile } from './fetch-wal.ts'

/** How base backups come back. */
export interface RecoverVerbs {
  readonly readFile: ReadFile
  restore(request: {
    readonly backup: BackupRow
    readonly paths: readonly string[]
    readonly into: string
    readonly destinationId: string
    readonly existing: 'skip'
    readonly dryRun: false
    readonly signal: AbortSignal
    readonly onProgress?: (progress: { readonly bytesRead: number; readonly bytesToRead: number }) => void
  }): Promise<{
    readonly report: { readonly failed: readonly unknown[]; readonly refused: readonly unknown[] }
  }>
}

export interface RecoverRequest {
  readonly database: ProtectedDatabase
  readonly target: RecoveryTarget
  readonly timeline?: number
  /** A folder that is not there, or empty. */
  readonly into: string
  readonly destinationId?: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: { readonly bytes: number; readonly bytesTotal: number }) => void
}

/** A cluster that is ready to be started. */
export interface PreparedCluster {
  readonly into: string
  readonly baseId: string
  readonly destinationId: string
  readonly timeline: number
  readonly serverVersion: number
  readonly segments: number
  /** What PostgreSQL will stop at; none where it goes to the end of the log. */
  readonly settings: Readonly<Record<string, string>>
  /** Up to here the log was known to reach, milliseconds since 1970. */
  readonly knownUntilMs: number
}

const RESTORING = '.everstow-restoring'
/** In the recovered cluster's folder: what replay needs, so that it starts without us, the network and keys. */
const WAL_FOLDER = 'everstow_wal'
const AT_ONCE = 4

/**
 * Prepares a cluster as of a moment: base backup, the log behind it, and the settings with which PostgreSQL replays it. It does not archive until a person turns
 * that on again, so that it cannot write into the archive of the one it came from.
 */
export async function recoverCluster(
  deps: DatabaseDeps,
  verbs: RecoverVerbs,
  request: RecoverRequest,
): Promise<PreparedCluster> {
  const { env } = deps.workspace
  const { into, signal } = request
  await refuseUsedFolder(deps, into)
  const { at, recovery, base } = await choose(deps, verbs, request)
  await env.files.removeTree(into)
  await env.files.mkdir(into, { mode: 0o700 })
  await restoreBase(deps, verbs, request, base, at.destinationId)
  const segments = neededSegments(recovery, request.target)
  await fetchLog(deps, request, at, recovery, segments)
  await writeSettings(deps, into, recovery, base)
  env.log
    .area('databases')
    .info('cluster prepared', { database: request.database.name, base: base.backup.id })
  signal.throwIfAborted()
  return {
    into,
    baseId: base.backup.id,
    destinationId: at.destinationId,
    timeline: recovery.timeline,
    serverVersion: base.facts.serverVersion,
    segments: segments.length,
    settings: recovery.settings,
    knownUntilMs: recovery.reach.toMs,
  }
}

interface Chosen {
  readonly at: DestinationCoverage
  readonly recovery: Recovery
  readonly base: KnownBase
}

/** The nearest destination that can give the moment back. Where none can, what the nearest one says is why. */
async function choose(
  deps: DatabaseDeps,
  { readFile }: RecoverVerbs,
  { database, target, timeline, destinationId, signal }: RecoverRequest,
): Promise<Chosen> {
  const { destinations } = await placesOf(deps, database)
  const found = await coverageAt(deps, readFile, database, signal, destinationId)
  let failure: unknown
  let furthest: Chosen | undefined
  for (const { id } of near(destinations)) {
    const at = found.find((each) => each.destinationId === id)
    if (!at) continue
    try {
      if (at.error) throw at.error
      const recovery = chooseRecovery(at.timelines, target, timeline)
      const base = at.bases.find(({ backup }) => backup.id === recovery.reach.base.id)
      if (!base) throw new EverstowError('recovery-impossible', { data: { timeline } })
      const chosen = { at, recovery, base }
      if (target.kind !== 'latest') return chosen
      // The latest state is what the destination has that is ahead of the others.
      if (!furthest || isFurther(recovery, furthest.recovery)) furthest = chosen
    } catch (error) {
      failure ??= error
    }
  }
  if (furthest) return furthest
  throw failure ?? new EverstowError('recovery-impossible', { data: { timeline } })
}

function isFurther(one: Recovery, other: Recovery): boolean {
  return one.timeline === other.timeline ? one.reach.toLsn > other.reach.toLsn : one.timeline > other.timeline
}

async function refuseUsedFolder({ workspace }: DatabaseDeps, into: string): Promise<void> {
  const { files } = workspace.env
  const stat = await files.lstat(into)
  if (!stat) return
  if (stat.kind !== 'directory' || (await files.list(into)).length > 0)
    throw new EverstowError('target-not-empty', { data: { path: into } })
}

async function restoreBase(
  { workspace }: DatabaseDeps,
  { restore }: RecoverVerbs,
  { into, signal, onProgress }: RecoverRequest,
  { backup }: KnownBase,
  destinationId: string,
): Promise<void> {
  const { files } = workspace.env
  const restoring = join(into, RESTORING)
  const { report } = await restore({
    backup,
    paths: [],
    into: restoring,
    destinationId,
    existing: 'skip',
    dryRun: false,
    signal,
    ...(onProgress
      ? {
          onProgress: ({ bytesRead, bytesToRead }) =>
            onProgress({ bytes: bytesRead, bytesTotal: bytesToRead }),
        }
      : {}),
  })
  if (report.failed.length + report.refused.length > 0)
    throw new EverstowError('recovery-failed', { data: { reason: `${backup.id}: not restored whole` } })
  const data = join(restoring, BASE_FOLDER, DATA_FOLDER)
  for (const name of await files.list(data)) await files.rename(join(data, name), join(into, name))
  await files.removeTree(restoring)
}

/** Up to the first segment beyond the target, and one more, where the record that stops the replay may end. */
function neededSegments({ reach }: Recovery, target: RecoveryTarget): readonly ArchivedSegment[] {
  const { segments } = reach
  const beyond =
    target.kind === 'time'
      ? segments.findIndex(({ latestUs }) => latestUs !== undefined && latestUs > target.timeUs)
      : target.kind === 'lsn'
        ? segments.findIndex(({ lastLsn }) => lastLsn !== undefined && lastLsn >= target.lsn)
        : -1
  return beyond < 0 ? segments : segments.slice(0, beyond + 2)
}

async function fetchLog(
  deps: DatabaseDeps,
  { database, into, signal }: RecoverRequest,
  { destinationId, at }: DestinationCoverage,
  { reach }: Recovery,
  segments: readonly ArchivedSegment[],
): Promise<void> {
  const { files } = deps.workspace.env
  const folder = join(into, WAL_FOLDER)
  await files.mkdir(folder, { mode: 0o700 })
  const segmentBytes = at?.archive.segmentBytes ?? 0
  const names = [
    // All of them, so that the new timeline gets a number that no other has.
    ...[...(at?.archive.histories.keys() ?? [])].map(historyName),
    ...segments.map(({ timeline, number }) => segmentName(timeline, number, segmentBytes)),
  ]
  await inParallel(names, AT_ONCE, async (name) => {
    signal.throwIfAborted()
    const content = await readWalFile(deps, database, name, signal, destinationId).catch((error) => {
      if (reach.segments.length === 0) throw error
      // Damaged or gone since it was listed: another destination may have it.
      return readWalFile(deps, database, name, signal)
    })
    await files.writeAtomic(join(folder, name), content, { mode: 0o600 })
  })
}

async function writeSettings(
  { workspace }: DatabaseDeps,
  into: string,
  { timeline, settings }: Recovery,
  { facts }: KnownBase,
): Promise<void> {
  const { files } = workspace.env
  const hasOwnSettings = (await files.stat(join(into, 'postgresql.conf'))) !== undefined
  const all: Record<string, string> = {
    restore_command: `test -f ${WAL_FOLDER}/%f && cp ${WAL_FOLDER}/%f "%p"`,
    recovery_target_timeline: String(timeline),
    ...settings,
    recovery_target_action: 'promote',
    archive_mode: 'off',
    // Where its settings lay outside, replay must not ask for as many connections as there were.
    ...(hasOwnSettings ? {} : { hot_standby: 'off' }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
  const path = join(into, 'postgresql.auto.conf')
  const before = (await files.stat(path)) ? await files.readText(path) : ''
  const isOurs = (line: string) =>
    /^\s*(recovery_target|restore_command|primary_conninfo|primary_slot_name)/.test(line)
  const kept = before.split('\n').filter((line) => !isOurs(line))
  await files.writeAtomic(path, `${[...kept.filter((line) => line !== ''), ...lines].join('\n')}\n`, {
    mode: 0o600,
  })
  if (!hasOwnSettings)
    await files.writeAtomic(join(into, 'postgresql.conf'), '# Its settings lay outside of the cluster.\n', {
      mode: 0o600,
    })
  if (!(await files.stat(join(into, 'pg_hba.conf'))))
    await files.writeAtomic(join(into, 'pg_hba.conf'), 'local all all peer\n', { mode: 0o600 })
  for (const name of ['standby.signal', 'postmaster.pid']) await files.remove(join(into, name))
  await files.writeAtomic(
    join(into, 'recovery.signal'),
    `# ${facts.name}, ${lsnText(parseLsn(facts.startLsn) ?? 0n)}\n`,
    { mode: 0o600 },
  )
}
