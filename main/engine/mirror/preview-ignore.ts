import { isAbsolute, join } from 'node:path'
import { type BigIntStats, lstatSync } from '../env/node/sync-files.ts'
import { EverstowError, fromSystemError } from '../model/errors.ts'
import { isExcluded, planRules } from '../sources/files/exclude-rules.ts'
import { joinPath, systemCodeOf } from '../sources/files/fs-path.ts'
import { listFolder, type Name } from '../sources/files/list-folder.ts'
import { isOwn } from '../sync/disk/choose.ts'
import { ifThere } from '../sync/disk/system-errors.ts'
import { segmentOf } from './names.ts'
import { walkFolder } from './walk-folder.ts'

/** What is asked of a folder that is mirrored, or may be. */
export interface MirrorIgnoreQuestion {
  /** Absolute. */
  readonly folder: string
  readonly ignore: readonly string[]
  /** Which folder's entries are asked for, from `folder` down; empty: its own. */
  readonly path: string
}

/** What would be mirrored of a folder with these patterns. */
export interface MirrorIgnorePreview {
  readonly files: number
  readonly bytes: number
  /** Files that a pattern leaves out. What lies in a folder that is left out was not looked at. */
  readonly ignoredFiles: number
  readonly entries: {
    readonly name: string
    readonly kind: 'file' | 'directory' | 'symlink' | 'other'
    readonly isChosen: boolean
    /** The pattern that decided, or `always` for what no mirror takes. */
    readonly pattern?: string
  }[]
}

/** A path may be too long below some prefix; which one is not known yet. */
const USUAL_PREFIX = 'mirror/name'

type Kind = MirrorIgnorePreview['entries'][number]['kind']

/** Walks a folder without reading contents. Throws `source-missing` where there is none. */
export async function previewIgnore(
  { folder, ignore, path }: MirrorIgnoreQuestion,
  signal: AbortSignal,
): Promise<MirrorIgnorePreview> {
  if (!isAbsolute(folder))
    throw new EverstowError('invalid-input', { data: { field: 'folder', value: folder } })
  const { files, ignoredFiles } = await walkFolder(folder, { ignore, prefix: USUAL_PREFIX }, signal)
  const judge = createJudge(folder, ignore)
  const above = join(folder, path)
  const entries = namesIn(above).flatMap(({ text, bytes }) => {
    const stats = ifThere(() => lstatSync(joinPath(above, bytes ?? text), { bigint: true }))
    if (!stats) return []
    const name = segmentOf(bytes ?? text)
    return [{ name, ...judge(path === '' ? name : `${path}/${name}`, name, kindOf(stats)) }]
  })
  let bytes = 0
  for (const { sizeBytes } of files.values()) bytes += sizeBytes
  return { files: files.size, bytes, ignoredFiles, entries }
}

function namesIn(path: string): readonly Name[] {
  try {
    return listFolder(path)
  } catch (error) {
    const code = systemCodeOf(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw fromSystemError(error, { path }) ?? error
    throw new EverstowError('source-missing', { data: { path }, retry: 'wait' })
  }
}

/** Says of an entry whether it is mirrored, and by which pattern not; folders above it were asked before. */
function createJudge(folder: string, ignore: readonly string[]) {
  const rules = planRules(ignore, folder)
  const single = ignore.map((pattern) => ({
    pattern,
    rules: planRules([pattern.replace(/^!/, '')], folder),
  }))
  return (inner: string, name: string, kind: Kind) => {
    const isFolder = kind === 'directory'
    if (isOwn(name) || !(isFolder || kind === 'file')) return { kind, isChosen: false, pattern: 'always' }
    const isChosen = !isExcluded(rules, inner, isFolder)
    // The last pattern that says what came out.
    const last = single.findLast(
      (each) => each.pattern.startsWith('!') === isChosen && isExcluded(each.rules, inner, isFolder),
    )
    return { kind, isChosen, ...(last && { pattern: last.pattern }) }
  }
}

function kindOf(stats: BigIntStats): Kind {
  if (stats.isDirectory()) return 'directory'
  if (stats.isFile()) return 'file'
  return stats.isSymbolicLink() ? 'symlink' : 'other'
}
