import { basename, dirname, join, resolve, sep } from 'node:path'
import { type BigIntStats, realpathSync, statSync } from '../../env/node/sync-files.ts'
import { EverstowError } from '../../model/errors.ts'
import { type FsPath, systemCodeOf } from './fs-path.ts'
import type { SourceRoot } from './resolve-sources.ts'

/** Places that never go into a backup. */
export interface ForbiddenPlaces {
  has(fsPath: FsPath, stats: Pick<BigIntStats, 'dev' | 'ino'>): boolean
  /** Throws `source-inside-place` for a root that is such a place or lies inside one, unless it lies in the folder of what was staged for this backup. */
  refuse(root: SourceRoot): void
}

/**
 * Knows the places by identity as well as by path, so that a link or another mount of the same folder does not slip through, and by
 * path as well as by identity, so that one that is only just being made does not either.
 */
export function forbiddenPlaces(given: readonly string[], stagingFolder?: string): ForbiddenPlaces {
  const staged = stagingFolder === undefined ? undefined : withoutLinks(stagingFolder) + sep
  const paths = new Set(given.map(withoutLinks))
  const identities = new Set<string>()
  // Nearly everything is ruled out by its inode and the length of its path, without a look at any text.
  const inodes = new Set<bigint>()
  const lengths = new Set([...paths].map((path) => path.length))
  for (const path of paths) {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (!stats) continue
    identities.add(`${stats.dev}:${stats.ino}`)
    inodes.add(stats.ino)
  }
  return {
    has: (fsPath, stats) =>
      (lengths.has(fsPath.length) && typeof fsPath === 'string' && paths.has(fsPath)) ||
      (inodes.has(stats.ino) && identities.has(`${stats.dev}:${stats.ino}`)),

    refuse(root) {
      if (staged !== undefined && root.fsPath.startsWith(staged)) return
      for (const place of paths)
        if (root.fsPath === place || root.fsPath.startsWith(place + sep))
          throw new EverstowError('source-inside-place', { data: { path: root.fsPath, place } })
    },
  }
}

/** The walk meets paths without links; what does not exist yet has at least its folder. */
function withoutLinks(path: string): string {
  const plain = resolve(path)
  try {
    return realpathSync(plain)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT' || plain === dirname(plain)) return plain
    return join(withoutLinks(dirname(plain)), basename(plain))
  }
}
