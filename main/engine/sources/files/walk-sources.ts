import { type BigIntStats, lstatSync } from '../../env/node/sync-files.ts'
import {
  type ExcludeRules,
  excludedBy,
  folderRules,
  IGNORE_FILE_NAME,
  isExcluded,
  planRules,
} from './exclude-rules.ts'
import { type ForbiddenPlaces, forbiddenPlaces } from './forbidden-places.ts'
import { type FsPath, joinPath, shownPath, systemCodeOf } from './fs-path.ts'
import { CACHE_TAG_NAME, isCacheTag, listFolder, type Name, readIgnoreFile } from './list-folder.ts'
import { foldersToward, type ResolvedSources, type SourceRoot } from './resolve-sources.ts'
import type { SkippedItem } from './skipped-items.ts'

/** What a walk must leave out, and whom it tells. */
export interface WalkOptions {
  /** gitignore-style patterns, read in each source from its top. */
  readonly exclude: readonly string[]
  /** Absolute paths that never go into a backup (our own folder, a local place): told to `onLeftOut` where met. */
  readonly neverInclude: readonly string[]
  /** Our own folder with what was staged for this backup: roots in it are allowed, whatever `neverInclude` says. */
  readonly stagingFolder?: string
  /** Leaves out what lies beside a valid `CACHEDIR.TAG`. */
  readonly cacheDirTags: boolean
  readonly onSkipped: (item: SkippedItem) => void
  /** Something that a rule leaves out; what is below a folder is not told. */
  readonly onExcluded?: (item: ExcludedItem) => void
  readonly onLeftOut: (path: string) => void
  /** A glob that matched nothing. */
  readonly onUnmatched: (source: string) => void
  /** Called for every folder; throws to stop. */
  readonly checkpoint: () => void
}

/** What a rule leaves out. */
export interface ExcludedItem {
  readonly fsPath: FsPath
  readonly isFolder: boolean
  readonly pattern: string
  /** The folder whose ignore file says so; undefined: the plan does. */
  readonly ignoreFolder: FsPath | undefined
}

/** One thing to archive. */
export interface FoundEntry {
  /** Path in the archive: `/` between names, for people where it is not UTF-8. */
  readonly path: string
  /** The exact bytes of `path`, only where they are not valid UTF-8. */
  readonly rawPath: Buffer | undefined
  readonly fsPath: FsPath
  readonly kind: 'file' | 'directory' | 'symlink'
  readonly stats: BigIntStats
}

/** A folder being walked. */
interface Frame {
  readonly entry: FoundEntry
  /** Path below the root with its closing slash, or ''. */
  readonly below: string
  readonly names: readonly Name[]
  readonly rules: ExcludeRules | undefined
  /** `all`: take everything that no rule excludes. `matches`: only what a glob matches. `pinned`: excluded, entered for what is pinned inside. */
  readonly take: 'all' | 'matches' | 'pinned'
  next: number
  /** Whether `entry` itself was given out; folders above matches are given out late, with the first match. */
  given: boolean
}

/**
 * Gives every file, folder and link of the sources, folders before what they hold and names in order, so that two runs over the
 * same things agree. Links are given as links and never followed; sockets, pipes and devices are told to `onSkipped`, never opened.
 * Works with an explicit stack, so depth costs no call stack, and holds one listing per level.
 */
export function* walkSources(sources: ResolvedSources, options: WalkOptions): Generator<FoundEntry, void> {
  const forbidden = forbiddenPlaces(options.neverInclude, options.stagingFolder)
  for (const root of sources.roots) forbidden.refuse(root)
  const rootPaths = new Set(sources.roots.map((root) => root.fsPath))
  for (const root of sources.roots) yield* walkRoot(root, rootPaths, forbidden, options)
}

function* walkRoot(
  root: SourceRoot,
  rootPaths: ReadonlySet<string>,
  forbidden: ForbiddenPlaces,
  options: WalkOptions,
): Generator<FoundEntry, void> {
  const top = examine(root.fsPath, root.prefix, undefined, options)
  if (!top) return
  if (top.kind !== 'directory') {
    yield top
    return
  }
  const matched = new Set<string>()
  const onTheWay = foldersToward(root)
  const take = root.globs ? 'matches' : 'all'
  if (take === 'all') yield top
  const stack = [enter(top, '', planRules(options.exclude, root.fsPath), take, options)]

  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    const name = frame.names[frame.next++]
    if (name === undefined) {
      stack.pop()
      continue
    }
    const fsPath = joinPath(frame.entry.fsPath, name.bytes ?? name.text)
    const below = frame.below + name.text
    const plainPath = typeof fsPath === 'string' ? fsPath : undefined
    const isPinned = plainPath !== undefined && root.pinned.has(plainPath)
    // Below a glob's base another root may be named on its own: it is archived there, once.
    if (root.globs && plainPath !== undefined && rootPaths.has(plainPath)) continue

    let childTake = isPinned ? 'all' : frame.take
    if (childTake === 'matches') {
      const hits = root.globs?.filter((glob) => glob.matches(below)) ?? []
      for (const glob of hits) matched.add(glob.source)
      if (hits.length > 0) childTake = 'all'
      else if (!name.isFolder || !root.globs?.some((glob) => depthOf(below) < glob.maxDepth)) continue
    }
    let rules = frame.rules
    if (frame.take === 'pinned' || isExcluded(rules, below, name.isFolder)) {
      // A source of its own is not for others' rules to leave out: it starts afresh with the plan's.
      if (isPinned) rules = planRules(options.exclude, plainPath, below)
      else if (plainPath !== undefined && onTheWay.has(plainPath)) childTake = 'pinned'
      else {
        tellExcluded(root, frame, { fsPath, below, isFolder: name.isFolder }, options)
        continue
      }
    }

    const entry = examine(
      fsPath,
      `${frame.entry.path}/${name.text}`,
      rawChildPath(frame.entry, name),
      options,
    )
    if (!entry) continue
    if (forbidden.has(fsPath, entry.stats)) {
      options.onLeftOut(shownPath(fsPath))
      continue
    }
    if (childTake !== 'matches') {
      for (const above of stack)
        if (!above.given) {
          above.given = true
          yield above.entry
        }
      yield entry
    }
    if (entry.kind === 'directory') stack.push(enter(entry, `${below}/`, rules, childTake, options))
  }
  for (const glob of root.globs ?? []) if (!matched.has(glob.source)) options.onUnmatched(glob.source)
}

function tellExcluded(
  root: SourceRoot,
  { rules }: Frame,
  { below, ...item }: { readonly fsPath: FsPath; readonly below: string; readonly isFolder: boolean },
  { onExcluded }: WalkOptions,
): void {
  if (!onExcluded) return
  const by = excludedBy(rules, below, item.isFolder)
  if (!by) return
  const ignoreFolder =
    by.ignoreFolder === undefined ? undefined : joinPath(root.fsPath, by.ignoreFolder.slice(0, -1))
  onExcluded({ ...item, pattern: by.pattern, ignoreFolder })
}

/** Lists a folder and takes up the rules it brings along. One that cannot be listed is reported and stands empty. */
function enter(
  entry: FoundEntry,
  below: string,
  rules: ExcludeRules | undefined,
  take: Frame['take'],
  options: WalkOptions,
): Frame {
  options.checkpoint()
  const frame = { entry, below, rules, take, next: 0, given: take !== 'matches' }
  let names: Name[]
  try {
    names = listFolder(entry.fsPath)
  } catch (error) {
    reportUnreadable(entry.fsPath, error, options)
    return { ...frame, names: [] }
  }
  const isTagged =
    options.cacheDirTags &&
    names.some((name) => name.text === CACHE_TAG_NAME) &&
    isCacheTag(joinPath(entry.fsPath, CACHE_TAG_NAME))
  if (isTagged) return { ...frame, names: names.filter((name) => name.text === CACHE_TAG_NAME) }
  if (!names.some((name) => name.text === IGNORE_FILE_NAME)) return { ...frame, names }
  const text = readIgnoreFile(joinPath(entry.fsPath, IGNORE_FILE_NAME))
  return { ...frame, names, rules: folderRules(text, below.slice(0, -1), rules) }
}

/** Looks at one thing; `undefined`, and reported, when it cannot be archived. */
function examine(
  fsPath: FsPath,
  path: string,
  rawPath: Buffer | undefined,
  options: WalkOptions,
): FoundEntry | undefined {
  let stats: BigIntStats
  try {
    stats = lstatSync(fsPath, { bigint: true })
  } catch (error) {
    reportUnreadable(fsPath, error, options)
    return undefined
  }
  const kind = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : undefined
  if (kind) return { path, rawPath, fsPath, kind, stats }
  options.onSkipped({ path: shownPath(fsPath), reason: 'special' })
  return undefined
}

/** Tells `onSkipped` why something that was listed cannot be looked at. */
export function reportUnreadable(
  fsPath: FsPath,
  error: unknown,
  options: Pick<WalkOptions, 'onSkipped'>,
): void {
  const code = systemCodeOf(error)
  const path = shownPath(fsPath)
  if (code !== 'ENOENT' && code !== 'ENOTDIR') options.onSkipped({ path, reason: 'unreadable', code })
  // A name that was just listed but cannot be asked for by its text is one the system cannot express (a lone surrogate on Windows).
  else if (path.includes('\uFFFD')) options.onSkipped({ path, reason: 'name', code })
  else options.onSkipped({ path, reason: 'vanished', code })
}

function rawChildPath(parent: FoundEntry, name: Name): Buffer | undefined {
  if (!parent.rawPath && !name.bytes) return undefined
  return Buffer.concat([
    parent.rawPath ?? Buffer.from(parent.path),
    Buffer.from('/'),
    name.bytes ?? Buffer.from(name.text),
  ])
}

function depthOf(path: string): number {
  let depth = 1
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) depth++
  return depth
}
