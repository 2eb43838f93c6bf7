import { basename, dirname, extname, isAbsolute, relative, resolve, sep } from 'node:path'
import { lstatSync, realpathSync, statSync } from '../../env/node/sync-files.ts'
import type { ArchiveRoot } from '../../model/backup.ts'
import { EverstowError, fromSystemError } from '../../model/errors.ts'
import { systemCodeOf } from './fs-path.ts'
import { compileGlob, type GlobMatcher, splitGlob } from './glob-source.ts'

/** One thing to walk: a folder, a single file, or the base of globs. No root lies inside another, except below a glob's base. */
export interface SourceRoot {
  /** Absolute and without links, unless the link itself is the source because it points nowhere. */
  readonly fsPath: string
  /** The first name of all its paths in the archive; unique among the roots. */
  readonly prefix: string
  /** Set where only what matches is wanted. */
  readonly globs: readonly GlobMatcher[] | undefined
  /** Sources inside this root, named explicitly: no exclusion applies to them. Absolute. */
  readonly pinned: ReadonlySet<string>
}

export interface ResolvedSources {
  readonly roots: readonly SourceRoot[]
  /** For each given source, in order, where it lies in the archive. */
  readonly mapping: readonly ArchiveRoot[]
}

interface Candidate {
  readonly source: string
  readonly fsPath: string
  readonly name: string
  readonly isFolder: boolean
  /** The pattern below `fsPath`, for globs. */
  readonly pattern: string | undefined
}

/**
 * Finds what the given sources (absolute paths and globs) mean, joins those that overlap, and gives each a name in the archive.
 * A path that exists is taken literally even when it looks like a glob. A source that is a link stands for what it points to.
 * Throws `source-missing` with every source that is not there, `source-unsupported` for one that is no file or folder.
 */
export function resolveSources(sources: readonly string[]): ResolvedSources {
  const missing: string[] = []
  const candidates: Candidate[] = []
  for (const source of sources) {
    const found = findSource(source)
    if (found) candidates.push(found)
    else missing.push(source)
  }
  if (missing.length > 0)
    throw new EverstowError('source-missing', {
      data: { path: missing[0], paths: missing.join('\n'), count: missing.length },
    })

  const outer = candidates.filter(
    (candidate, index) => containerOf(candidate, candidates, index) === undefined,
  )
  const prefixes = nameRoots(outer)
  const mapping = candidates.map((candidate, index) => {
    const root = topContainerOf(candidate, candidates, index)
    const prefix = prefixes.get(root) ?? root.name
    const below = relative(root.fsPath, candidate.fsPath).replaceAll(sep, '/')
    return { source: candidate.source, prefix: below === '' ? prefix : `${prefix}/${below}` }
  })
  const roots = outer.map((root) => rootOf(root, prefixes.get(root) ?? root.name, candidates))
  return { roots, mapping }
}

function findSource(source: string): Candidate | undefined {
  if (!isAbsolute(source))
    throw new EverstowError('invalid-input', { data: { field: 'source', path: source } })
  const given = resolve(source)
  if (lookUp(given, lstatSync)) {
    const target = lookUp(given, statSync)
    const fsPath = target ? realpathSync(given) : given
    const stats = target ?? lookUp(given, lstatSync)
    if (!stats || !(stats.isFile() || stats.isDirectory() || stats.isSymbolicLink()))
      throw new EverstowError('source-unsupported', { data: { path: source } })
    return { source, fsPath, name: nameOf(given), isFolder: stats.isDirectory(), pattern: undefined }
  }
  const glob = splitGlob(source)
  if (!glob || !lookUp(glob.base, statSync)?.isDirectory()) return undefined
  const base = resolve(glob.base)
  return { source, fsPath: realpathSync(base), name: nameOf(base), isFolder: true, pattern: glob.pattern }
}

function lookUp(path: string, look: typeof statSync) {
  try {
    return look(path)
  } catch (error) {
    // ELOOP and ENAMETOOLONG: nothing can be reached under such a name.
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(systemCodeOf(error))) return undefined
    throw fromSystemError(error, { path }) ?? error
  }
}

/** The archive needs a name even where the source is the top of a volume. */
function nameOf(path: string): string {
  const name = basename(path)
  if (name !== '') return name
  return path.replaceAll(/[^A-Za-z0-9]/g, '') || 'root'
}

/** The candidate that already covers this one: a folder at or above it, or, for a glob, a glob whose base is. */
function containerOf(inner: Candidate, all: readonly Candidate[], innerIndex: number): Candidate | undefined {
  return all.find((outer, outerIndex) => {
    if (outer === inner || (outer.pattern !== undefined && inner.pattern === undefined)) return false
    if (inner.fsPath !== outer.fsPath) return outer.isFolder && isAtOrBelow(inner.fsPath, outer.fsPath)
    // Of two equals a whole folder covers a glob, and otherwise the first covers the second.
    if ((outer.pattern === undefined) !== (inner.pattern === undefined)) return true
    return outerIndex < innerIndex
  })
}

function topContainerOf(candidate: Candidate, all: readonly Candidate[], index: number): Candidate {
  let top = candidate
  let topIndex = index
  for (;;) {
    const above = containerOf(top, all, topIndex)
    if (!above) return top
    top = above
    topIndex = all.indexOf(above)
  }
}

function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/**
 * Names for the roots, unique even where case and Unicode forms do not count. The first of several equal names keeps it; the next
 * ones get `_2`, `_3` …, never a name that another source really has. Depends on nothing but the sources and their order.
 */
function nameRoots(roots: readonly Candidate[]): Map<Candidate, string> {
  const names = new Map<Candidate, string>()
  const real = new Set(roots.map((root) => folded(root.name)))
  const used = new Set<string>()
  for (const root of roots) {
    let name = root.name
    for (let number = 2; used.has(folded(name)) || (number > 2 && real.has(folded(name))); number++)
      name = numbered(root, number)
    used.add(folded(name))
    names.set(root, name)
  }
  return names
}

function numbered(root: Candidate, number: number): string {
  const extension = root.isFolder ? '' : extname(root.name)
  return `${root.name.slice(0, root.name.length - extension.length)}_${number}${extension}`
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

function rootOf(root: Candidate, prefix: string, all: readonly Candidate[]): SourceRoot {
  const inner = all.filter(
    (other) => other !== root && root.isFolder && isAtOrBelow(other.fsPath, root.fsPath),
  )
  const pinned = new Set<string>()
  for (const { fsPath, pattern } of inner) if (pattern === undefined) pinned.add(fsPath)
  if (root.pattern === undefined) return { fsPath: root.fsPath, prefix, globs: undefined, pinned }
  const globs = [root, ...inner].flatMap(({ source, fsPath, pattern }) => {
    if (pattern === undefined) return []
    const below = relative(root.fsPath, fsPath).replaceAll(sep, '/')
    return [compileGlob(source, pattern, below === '' ? '' : `${below}/`)]
  })
  // What is named on its own below a glob's base is another root; the walk of the globs passes it by.
  return { fsPath: root.fsPath, prefix, globs, pinned: new Set() }
}

/** The folders strictly between a root and what is pinned inside it: they are entered whatever excludes them. */
export function foldersToward(root: SourceRoot): ReadonlySet<string> {
  const folders = new Set<string>()
  for (const pinned of root.pinned)
    for (let path = dirname(pinned); path.length > root.fsPath.length; path = dirname(path)) folders.add(path)
  return folders
}
