import type { ExcludeRules } from '../../../sources/files/exclude-rules.ts'
import { folderRules, planRules } from '../../../sources/files/exclude-rules.ts'
import type { FsPath } from '../../../sources/files/fs-path.ts'
import { compileGlob, type GlobMatcher } from '../../../sources/files/glob-source.ts'
import { foldersToward, type SourceRoot } from '../../../sources/files/resolve-sources.ts'

/** `all`: everything that no rule excludes. `matches`: only what a glob matches. `pinned`: excluded, entered for what is pinned inside. */
export type Take = 'all' | 'matches' | 'pinned'

/** One set of exclusions as data: another worker makes the rules of it again. */
export type RuleLayer =
  | { readonly kind: 'plan'; readonly sourceFolder: string; readonly folderPath: string }
  | { readonly kind: 'file'; readonly text: string; readonly folderPath: string }

/** A folder to scan, as plain data that can be sent to another worker. */
export interface Folder {
  /** Position among the roots; −1 for the folder of the roots themselves. */
  readonly root: number
  readonly fsPath: FsPath
  /** Path in the snapshot as bytes; empty for the folder of the roots. */
  readonly path: Uint8Array
  /** Path below the root with its closing slash, or ''. */
  readonly below: string
  readonly take: Take
  readonly layers: readonly RuleLayer[]
}

/** A root as plain data. */
export interface RootData {
  readonly fsPath: string
  readonly prefix: string
  readonly globs:
    | readonly { readonly source: string; readonly pattern: string; readonly below: string }[]
    | undefined
  readonly pinned: ReadonlySet<string>
}

/** A root as a worker uses it. */
export interface OpenRoot {
  readonly data: RootData
  readonly globs: readonly GlobMatcher[] | undefined
  readonly pinned: ReadonlySet<string>
  /** Folders on the way to what is pinned. */
  readonly onTheWay: ReadonlySet<string>
}

export function rootDataOf(root: SourceRoot): RootData {
  const globs = root.globs?.map(({ source, pattern, below }) => ({ source, pattern, below }))
  return { fsPath: root.fsPath, prefix: root.prefix, globs, pinned: root.pinned }
}

export function openRoot(data: RootData): OpenRoot {
  const globs = data.globs?.map(({ source, pattern, below }) => compileGlob(source, pattern, below))
  return { data, globs, pinned: data.pinned, onTheWay: foldersToward({ ...data, globs }) }
}

/** Compiles layers into rules, once for each list of layers. */
export function createRuleCompiler(
  exclude: readonly string[],
): (layers: readonly RuleLayer[]) => ExcludeRules | undefined {
  const compiled = new WeakMap<readonly RuleLayer[], { readonly rules: ExcludeRules | undefined }>()
  return (layers) => {
    if (layers.length === 0) return undefined
    const known = compiled.get(layers)
    if (known) return known.rules
    let rules: ExcludeRules | undefined
    for (const layer of layers)
      if (layer.kind === 'plan') rules = planRules(exclude, layer.sourceFolder, layer.folderPath)
      else rules = folderRules(layer.text, layer.folderPath, rules)
    compiled.set(layers, { rules })
    return rules
  }
}
