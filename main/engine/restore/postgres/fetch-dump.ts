import { join } from 'node:path'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { BackupRow } from '../../model/backup.ts'
import { EverstowError } from '../../model/errors.ts'
import { ALL_DATABASES, isPostgresSource, parsePostgresSource } from '../../model/postgres-source.ts'
import { DumpFacts, FACTS_FILE } from '../../sources/postgres/dump-server.ts'
import type { RestoreOutcome, RestoreRequest } from '../restore-backup.ts'

/** What a restore of a database needs of the rest of the engine. */
export interface DatabaseRestoreDeps {
  readonly workspace: Workspace
  readonly restore: (request: RestoreRequest) => Promise<RestoreOutcome>
}

/** Where dumps are fetched from. */
export interface DumpPlace {
  readonly backup: BackupRow
  /** Only this copy. */
  readonly destinationId?: string
  readonly signal: AbortSignal
}

export type DumpedDatabase = DumpFacts['databases'][number]

/** A server whose dumps are in a backup. */
export interface DumpedServer {
  /** Its folder inside the backup. */
  readonly prefix: string
  readonly facts: DumpFacts
  /** Those of its databases that are wanted. */
  readonly databases: readonly DumpedDatabase[]
}

/** What was dumped into a backup, only databases of that name where one is given; reads the facts, no dump. */
export async function findDumps(
  deps: DatabaseRestoreDeps,
  place: DumpPlace,
  scratch: string,
  database?: string,
): Promise<{ readonly servers: readonly DumpedServer[]; readonly destinationId: string | undefined }> {
  const { files } = deps.workspace.env
  const servers: DumpedServer[] = []
  let destinationId: string | undefined
  for (const { source, prefix } of place.backup.roots) {
    if (!isPostgresSource(source)) continue
    const named = parsePostgresSource(source).database
    if (database !== undefined && named !== ALL_DATABASES && named !== database) continue
    destinationId = await fetchFiles(deps, place, scratch, [`${prefix}/${FACTS_FILE}`])
    const facts = DumpFacts.parse(JSON.parse(await files.readText(join(scratch, prefix, FACTS_FILE))))
    const databases = facts.databases.filter(({ name }) => database === undefined || name === database)
    if (databases.length > 0) servers.push({ prefix, facts, databases })
  }
  return { servers, destinationId }
}

/** Brings files of a backup into a folder; gives the place they came from. */
export async function fetchFiles(
  { restore }: DatabaseRestoreDeps,
  { backup, destinationId, signal }: DumpPlace,
  into: string,
  paths: readonly string[],
): Promise<string | undefined> {
  const outcome = await restore({
    backup,
    paths,
    into,
    existing: 'replace',
    dryRun: false,
    signal,
    ...(destinationId === undefined ? {} : { destinationId }),
  })
  const { failed, missing } = outcome.report
  // A dump that came back in part is none.
  if (failed.length + missing.length > 0)
    throw new EverstowError('data-damaged', { data: { path: failed[0]?.path ?? missing[0] } })
  return outcome.destinationId
}
