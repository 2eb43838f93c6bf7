import { join } from 'node:path'
import { removeUnheldFolders } from '../catalogue/unheld-folders.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import type { ArchiveRoot } from '../model/backup.ts'
import { asEverstowError, type EverstowError } from '../model/errors.ts'
import { isPostgresSource, parsePostgresSource, postgresFolderName } from '../model/postgres-source.ts'
import type { SkippedItem } from '../sources/files/skipped-items.ts'
import { dumpServer } from '../sources/postgres/dump-server.ts'

/** The sources of a backup as files: those that are none, such as databases, lie as files in a folder of ours. */
export interface StagedSources {
  readonly sources: readonly string[]
  /** Where what was staged lies: our own folder otherwise never goes into a backup. */
  readonly folder: string
  /** What a backup of them says, in terms of what was to be backed up. */
  told<R extends Told>(result: R): R
  remove(): Promise<void>
}

interface Told {
  readonly roots: readonly ArchiveRoot[]
  readonly skipped: readonly SkippedItem[]
  readonly skippedCount: number
  readonly incomplete: boolean
}

export interface StageWatch {
  readonly signal: AbortSignal
  readonly onProgress?: (bytesWritten: number, what: string) => void
}

/** The folder of what is staged, a folder for each lock of a backup. */
export const stagingFolder = ({ paths }: Pick<Workspace, 'paths'>): string => join(paths.home, 'staging')

/**
 * Dumps the databases among the sources. One that fails is named and does not keep the others, nor files, from their backup; where nothing else is wanted, its
 * error is thrown. The caller holds the lock of that name, and removes what was staged once the backup is made.
 */
export async function stageSources(
  workspace: Workspace,
  sources: readonly string[],
  lockName: string,
  watch: StageWatch,
): Promise<StagedSources> {
  const { env } = workspace
  const folder = join(stagingFolder(workspace), lockName)
  const remove = (): Promise<void> => env.files.removeTree(folder)
  const skipped: SkippedItem[] = []
  const staged: string[] = []
  const originals = new Map<string, string>()
  const inside = new Set<string>()
  const isUsed = sources.some(isPostgresSource)
  let failure: EverstowError | undefined
  if (isUsed) await remove()
  try {
    for (const source of sources) {
      if (!isPostgresSource(source)) {
        staged.push(source)
        continue
      }
      const at = join(folder, unusedName(postgresFolderName(parsePostgresSource(source)), originals, folder))
      try {
        await env.files.mkdir(at, { mode: 0o700 })
        const files = await dumpServer(env, parsePostgresSource(source), at, {
          signal: watch.signal,
          onProgress: (bytes, database) => watch.onProgress?.(bytes, database),
        })
        originals.set(at, source)
        // Named one by one, no exclusion applies to them.
        staged.push(at, ...files)
        for (const file of files) inside.add(file)
      } catch (caught) {
        const error = asEverstowError(caught)
        if (error.code === 'cancelled') throw error
        env.log.area('backup').warn('a database could not be dumped', { source, error })
        await env.files.removeTree(at)
        failure ??= error
        skipped.push({ path: source, reason: 'database', code: error.code })
      }
    }
    if (staged.length === 0 && failure) throw failure
  } catch (error) {
    await remove()
    throw error
  }
  return {
    sources: staged,
    folder,
    told: (result) => ({
      ...result,
      roots: result.roots
        .filter(({ source }) => !inside.has(source))
        .map(({ source, prefix }) => ({ source: originals.get(source) ?? source, prefix })),
      skipped: [...skipped, ...result.skipped],
      skippedCount: skipped.length + result.skippedCount,
      incomplete: result.incomplete || skipped.length > 0,
    }),
    remove: async () => {
      if (isUsed) await remove()
    },
  }
}

/** Removes what killed runs left. */
export function removeStaleStaging(workspace: Workspace): Promise<void> {
  return removeUnheldFolders(workspace, stagingFolder(workspace))
}

/** Two users of one server have one name; the second gets a number, as sources of equal names do. */
function unusedName(name: string, taken: ReadonlyMap<string, string>, folder: string): string {
  let free = name
  for (let number = 2; taken.has(join(folder, free)); number++) free = `${name}_${number}`
  return free
}
