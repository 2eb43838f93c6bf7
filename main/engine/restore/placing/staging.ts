import { currentProcess, isAlive, type ProcessIdentity } from '../../env/node/process-identity.ts'
import type { ExistingPolicy } from '../restore-options.ts'
import type { PathKey } from '../target/path-key.ts'
import type { EntryMetadata } from '../target/set-metadata.ts'
import { codeOf, lookAt, removeTree, type SyncFiles, writeAll } from '../target/sync-files.ts'
import { STAGING_NAME } from '../target/target-name.ts'

/**
 * The private folder in which a restore prepares everything: `.everstow-restore-<16 hex>` (0700) with `journal.json` and the folder `tree`.
 * The journal says whose it is and how far it came, so that after a crash the next restore into the same target knows what to do with it.
 */
export interface Staging {
  readonly folder: string
  readonly tree: string
}

/** A folder whose mode or time is set again once everything is in place. */
export interface FolderToSet {
  readonly key: PathKey
  readonly metadata: EntryMetadata
}

/** filling: nothing is visible yet, throw it away. placing: verified and decided, what is left in `tree` must still be moved into place. */
export type Journal = {
  readonly format: 1
  readonly owner: ProcessIdentity
  readonly into: string
  /** What is being restored, where a later restore of the same can go on with this one. */
  readonly content?: string
} & ({ readonly state: 'filling' } | ({ readonly state: 'placing' } & PlacingPlan))

/** All that placing needs to know, so that another process can go on with it. */
export interface PlacingPlan {
  readonly existing: ExistingPolicy
  readonly restoreOwner: boolean
  /** For new names: `2026-11-21`. */
  readonly date: string
  /** Name of the folder for what is replaced. */
  readonly replacedName: string
  /** Folders that were there before and take the archive's mode and time. */
  readonly merged: readonly FolderToSet[]
  /** Folders that their owner may not change once their final mode is set. */
  readonly closed: readonly FolderToSet[]
  /** Where it is written down what is done, so that it can be undone. */
  readonly recordPath?: string
}

/** Makes the private folder below `base`, which is on the volume of the target. */
export function createStaging(files: SyncFiles, base: string, id: string, into: string): Staging {
  const folder = folderName(base, id)
  const staging = { folder, tree: `${folder}/tree` }
  files.mkdirSync(folder, { mode: 0o700 })
  try {
    writeJournal(files, staging, { format: 1, owner: currentProcess(), into, state: 'filling' })
    files.mkdirSync(staging.tree)
  } catch (error) {
    removeTree(files, folder)
    throw error
  }
  return staging
}

/** Replaces the journal as a whole and durably: it decides whether the tree is thrown away or moved into place. */
export function writeJournal(files: SyncFiles, staging: Staging, journal: Journal): void {
  const next = `${staging.folder}/journal.next`
  const fd = files.openSync(next, 'w', 0o600)
  try {
    writeAll(files, fd, Buffer.from(JSON.stringify(journal, bigintAsText)))
    files.fsyncSync(fd)
  } finally {
    files.closeSync(fd)
  }
  files.renameSync(next, `${staging.folder}/journal.json`)
}

/** Throws away what a worker of this process left when it died: the process lives on, so no later restore would take it for abandoned. */
export function discardStaging(files: SyncFiles, base: string, id: string): void {
  const folder = folderName(base, id)
  const staging = { folder, tree: `${folder}/tree` }
  if (lookAt(files, folder) && readJournal(files, staging)?.state !== 'placing') removeTree(files, folder)
}

function folderName(base: string, id: string): string {
  return `${base}/.everstow-restore-${id}`
}

/** A staging folder left by a process that is gone. `journal` is undefined when it never came to write one. */
export interface Leftover {
  readonly staging: Staging
  readonly journal: Journal | undefined
}

/** A staging folder without a journal this old belongs to nobody: a live restore writes it right after the folder. */
const NEWBORN_MS = 60_000

/**
 * Finds what dead restores left below `base`. Only folders that are ours for certain count: right name, owner and mode like the staging folder we
 * have just made ourselves (so nobody else could have written the journal), made by a process that no longer runs.
 */
export function findLeftovers(files: SyncFiles, base: string, own: Staging, nowMs: number): Leftover[] {
  const leftovers: Leftover[] = []
  const like = lookAt(files, own.folder)
  for (const name of namesOf(files, base)) {
    const folder = `${base}/${name}`
    if (!STAGING_NAME.test(name) || folder === own.folder) continue
    const seen = lookAt(files, folder)
    if (!seen?.isDirectory() || seen.uid !== like?.uid || seen.mode !== like.mode) continue
    const staging = { folder, tree: `${folder}/tree` }
    const journal = readJournal(files, staging)
    const abandoned = journal ? !isAlive(journal.owner) : nowMs - Number(seen.mtimeMs) > NEWBORN_MS
    if (abandoned) leftovers.push({ staging, journal })
  }
  return leftovers
}

function namesOf(files: SyncFiles, folder: string): string[] {
  try {
    return files.readdirSync(folder)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(codeOf(error))) return []
    throw error
  }
}

function readJournal(files: SyncFiles, staging: Staging): Journal | undefined {
  try {
    const journal = JSON.parse(files.readFileSync(`${staging.folder}/journal.json`, 'utf8'), textAsBigint)
    return journal?.format === 1 && typeof journal.owner?.pid === 'number' ? journal : undefined
  } catch {
    // Missing or cut short: the process died before the restore began in earnest, and the age of the folder decides.
    return undefined
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}

/** Only `mtimeNs` is a bigint in a journal, so no path can be taken for one. */
function textAsBigint(key: string, value: unknown): unknown {
  return key === 'mtimeNs' && typeof value === 'string' ? BigInt(value.slice(0, -1)) : value
}
