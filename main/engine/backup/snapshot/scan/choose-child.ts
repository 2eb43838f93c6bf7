import { isExcluded } from '../../../sources/files/exclude-rules.ts'
import { type FsPath, joinPath } from '../../../sources/files/fs-path.ts'
import type { Name } from '../../../sources/files/list-folder.ts'
import type { createRuleCompiler, Folder, OpenRoot, RuleLayer, Take } from './folder.ts'

/** Something in a folder that belongs into the snapshot, as far as its name tells. */
export interface Child {
  readonly fsPath: FsPath
  readonly root: number
  /** For a folder: what of it. */
  readonly take: Take
  readonly layers: readonly RuleLayer[]
}

/** `undefined`: left out. */
export type ChooseChild = (folder: Folder, name: Name) => Child | undefined

/** What decides about names; the same in all workers. */
export interface ChoosingOptions {
  readonly roots: readonly OpenRoot[]
  readonly compile: ReturnType<typeof createRuleCompiler>
  readonly hasPlanRules: boolean
  /** A glob has matched something. */
  readonly onMatched: (source: string) => void
}

/** Decides what belongs into a snapshot by the same rules as the walk of archives (`walkSources`). */
export function createChooser({ roots, compile, hasPlanRules, onMatched }: ChoosingOptions): ChooseChild {
  const rootPaths = new Set(roots.map(({ data }) => data.fsPath))
  const planLayers = (sourceFolder: string, folderPath: string): readonly RuleLayer[] =>
    hasPlanRules ? [{ kind: 'plan', sourceFolder, folderPath }] : NO_LAYERS

  const chooseRoot = (number: number): Child => {
    const { data } = roots[number] as OpenRoot
    return {
      fsPath: data.fsPath,
      root: number,
      take: data.globs ? 'matches' : 'all',
      layers: planLayers(data.fsPath, ''),
    }
  }

  return (folder, name) => {
    if (folder.root < 0) return chooseRoot(roots.findIndex(({ data }) => data.prefix === name.text))
    const root = roots[folder.root] as OpenRoot
    const fsPath = joinPath(folder.fsPath, name.bytes ?? name.text)
    const plain = { fsPath, root: folder.root, take: folder.take, layers: folder.layers }
    if (folder.layers.length === 0 && folder.take === 'all' && root.pinned.size === 0 && !root.globs)
      return plain

    const below = folder.below + name.text
    const plainPath = typeof fsPath === 'string' ? fsPath : undefined
    const isPinned = plainPath !== undefined && root.pinned.has(plainPath)
    // Below a glob's base another root may be named on its own: it is in the snapshot there, once.
    if (root.globs && plainPath !== undefined && rootPaths.has(plainPath)) return undefined

    let take: Take = isPinned ? 'all' : folder.take
    if (take === 'matches') {
      const hits = root.globs?.filter((glob) => glob.matches(below)) ?? []
      for (const glob of hits) onMatched(glob.source)
      if (hits.length > 0) take = 'all'
      else if (!name.isFolder || !root.globs?.some((glob) => depthOf(below) < glob.maxDepth)) return undefined
    }
    let { layers } = folder
    if (folder.take === 'pinned' || isExcluded(compile(layers), below, name.isFolder)) {
      // A source of its own is not for others' rules to leave out: it starts afresh with the plan's.
      if (isPinned && plainPath !== undefined) layers = planLayers(plainPath, below)
      else if (plainPath !== undefined && root.onTheWay.has(plainPath)) take = 'pinned'
      else return undefined
    }
    return { fsPath, root: folder.root, take, layers }
  }
}

const NO_LAYERS: readonly RuleLayer[] = []

function depthOf(path: string): number {
  let depth = 1
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) depth++
  return depth
}
