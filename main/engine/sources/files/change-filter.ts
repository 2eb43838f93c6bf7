import { dirname, join, relative, sep } from 'node:path'
import type { Files } from '../../env/files.ts'
import { type ExcludeRules, folderRules, IGNORE_FILE_NAME, isExcluded, planRules } from './exclude-rules.ts'
import type { GlobMatcher } from './glob-source.ts'

/** A folder in which changes are looked for. */
export interface WatchedRoot {
  /** Absolute, without links. */
  readonly folder: string
  /** Only this file in it. */
  readonly name?: string
  /** Only what matches. */
  readonly glob?: GlobMatcher
  /** gitignore-style patterns, read from the folder's top. */
  readonly exclude: readonly string[]
  /** Absolute paths that never go into a backup. */
  readonly neverInclude: readonly string[]
}

type FolderRules = { readonly rules: ExcludeRules | undefined } | 'excluded'

/** Whether any of the paths that changed would go into a backup, or went into the last one. Exclusions hold as they do for a walk. */
export async function concernsBackup(
  files: Files,
  root: WatchedRoot,
  paths: readonly string[],
): Promise<boolean> {
  const known = new Map<string, Promise<FolderRules>>()

  function rulesIn(folder: string): Promise<FolderRules> {
    const before = known.get(folder)
    if (before) return before
    const reading = readRules(folder)
    known.set(folder, reading)
    return reading
  }

  async function readRules(folder: string): Promise<FolderRules> {
    const below = pathBelow(root.folder, folder)
    let above: ExcludeRules | undefined
    if (below === '') above = planRules(root.exclude, root.folder)
    else {
      const parent = await rulesIn(dirname(folder))
      if (parent === 'excluded' || isExcluded(parent.rules, below, true)) return 'excluded'
      above = parent.rules
    }
    const text = await files.readText(join(folder, IGNORE_FILE_NAME)).catch(() => '')
    return { rules: folderRules(text, below, above) }
  }

  async function concerns(path: string): Promise<boolean> {
    if (path === root.folder) return true
    if (!path.startsWith(withSeparator(root.folder))) return false
    if (root.name !== undefined) return path === join(root.folder, root.name)
    if (root.neverInclude.some((never) => path === never || path.startsWith(withSeparator(never))))
      return false
    const below = pathBelow(root.folder, path)
    if (root.glob && !reaches(root.glob, below)) return false
    const parent = await rulesIn(dirname(path))
    if (parent === 'excluded') return false
    const stat = await files.lstat(path).catch(() => undefined)
    // Of what is gone nobody knows whether it was a folder.
    const kinds = stat ? [stat.kind === 'directory'] : [true, false]
    return !kinds.some((isFolder) => isExcluded(parent.rules, below, isFolder))
  }

  for (const path of paths) if (await concerns(path)) return true
  return false
}

/** What a glob matches, and all below that. */
function reaches(glob: GlobMatcher, below: string): boolean {
  const names = below.split('/')
  return names.some((_, at) => glob.matches(names.slice(0, at + 1).join('/')))
}

function pathBelow(folder: string, path: string): string {
  return relative(folder, path).replaceAll(sep, '/')
}

function withSeparator(path: string): string {
  return path.endsWith(sep) ? path : path + sep
}
