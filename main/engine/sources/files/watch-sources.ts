import { basename, dirname, resolve, sep } from 'node:path'
import type { Env } from '../../env/env.ts'
import type { Files } from '../../env/files.ts'
import { isPostgresSource } from '../../model/postgres-source.ts'
import { concernsBackup, type WatchedRoot } from './change-filter.ts'
import { compileGlob, splitGlob } from './glob-source.ts'

/** What is watched. */
export interface WatchedSources {
  /** Absolute files, folders and globs. */
  readonly sources: readonly string[]
  readonly exclude: readonly string[]
  /** Absolute paths that never go into a backup. */
  readonly neverInclude: readonly string[]
}

/** Sources that are being watched. */
export interface SourceWatch {
  /** Whether all of it is still there as it was; if not, it has to be watched anew. Costs a look at each source. */
  isSound(): Promise<boolean>
  stop(): Promise<void>
}

interface Root extends WatchedRoot {
  readonly deep: boolean
  /** Tells its folder from another one, or another drive, at the same path. */
  readonly identity: string
}

/**
 * Calls `changed` when something changed that goes into a backup of these sources. Those that are not there are left alone until a look finds that they came.
 * Throws `WatchRefused`.
 */
export async function watchSources(
  { files, watch, log }: Pick<Env, 'files' | 'watch' | 'log'>,
  { sources, exclude, ...watched }: WatchedSources,
  changed: () => void,
): Promise<SourceWatch> {
  const neverInclude = await Promise.all(
    watched.neverInclude.map((path) => files.realPath(path).catch(() => resolve(path))),
  )
  const leaveOutNames = plainNames(exclude)
  const stops: (() => Promise<void>)[] = []

  async function rootOf(source: string): Promise<Root | undefined> {
    const found = await findSource(files, source)
    if (!found) return undefined
    const glob = found.pattern === undefined ? undefined : compileGlob(source, found.pattern, '')
    const path = await files.realPath(found.path)
    const folder = found.isFolder ? path : dirname(path)
    const stat = await files.stat(folder)
    return {
      folder,
      deep: found.isFolder && (glob?.maxDepth ?? Number.POSITIVE_INFINITY) > 1,
      identity: `${folder} ${stat?.dev}:${stat?.ino}`,
      exclude,
      neverInclude,
      ...(found.isFolder ? {} : { name: basename(path) }),
      ...(glob ? { glob } : {}),
    }
  }

  /** One that cannot be looked at is as good as away. */
  const lookAt = (source: string) => rootOf(source).catch(() => undefined)

  async function start(root: Root): Promise<void> {
    const { folder, deep } = root
    const leaveOut = neverInclude.filter((path) => path.startsWith(folder + sep))
    const told = async (paths: readonly string[]) => {
      try {
        if (!(await concernsBackup(files, root, paths))) return
      } catch (error) {
        // What cannot be looked at may well have changed.
        log.area('watch').warn('change could not be looked at', { folder, error })
      }
      changed()
    }
    stops.push(await watch.start({ folder, deep, leaveOut, leaveOutNames }, (paths) => void told(paths)))
  }

  async function stop(): Promise<void> {
    await Promise.all(stops.splice(0).map((end) => end()))
  }

  const identities = new Map<string, string | undefined>()
  try {
    for (const source of sources) {
      const root = await lookAt(source)
      identities.set(source, root?.identity)
      if (root) await start(root)
    }
  } catch (error) {
    await stop()
    throw error
  }

  return {
    async isSound() {
      for (const [source, identity] of identities)
        if ((await lookAt(source))?.identity !== identity) return false
      return true
    },
    stop,
  }
}

/** Whether a source is there now: a drive may have taken it away, but for a database. */
export async function isSourceHere(files: Files, source: string): Promise<boolean> {
  return isPostgresSource(source) || (await findSource(files, source).catch(() => undefined)) !== undefined
}

interface FoundSource {
  readonly path: string
  readonly isFolder: boolean
  /** What a glob matches below the path. */
  readonly pattern?: string
}

/** What is there of a source. A path that exists is taken literally even when it looks like a glob. */
async function findSource(files: Files, source: string): Promise<FoundSource | undefined> {
  const path = resolve(source)
  const stat = await files.stat(path)
  if (stat) return { path, isFolder: stat.kind === 'directory' }
  const glob = splitGlob(source)
  if (!glob || (await files.stat(glob.base))?.kind !== 'directory') return undefined
  return { path: resolve(glob.base), isFolder: true, pattern: glob.pattern }
}

/** Names of folders that the patterns leave out wherever they are; none where something may be taken in again. */
function plainNames(exclude: readonly string[]): string[] {
  if (exclude.some((pattern) => pattern.startsWith('!'))) return []
  return exclude.flatMap((pattern) => /^([^/*?[\]\\!#]+)\/$/.exec(pattern)?.[1] ?? [])
}
