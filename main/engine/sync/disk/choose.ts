import { isExcluded, planRules } from '../../sources/files/exclude-rules.ts'
import type { IsChosen } from '../choice.ts'
import { foldKey } from '../fold-key.ts'
import type { NodeKind } from '../nodes.ts'
import { OWN_FOLDER, ROOT_MARKER } from './places.ts'

/** What a person wants to have of a space on this device. */
export interface SyncChoice {
  /** Folders from the synced one down; empty means all. */
  readonly only: readonly string[]
  /** Patterns as in a `.gitignore` at the top of the synced folder. */
  readonly ignore: readonly string[]
}

/** What systems and open editors leave about: nobody misses it elsewhere. */
const LITTER = [
  /^~\$/,
  /^\.ds_store$/i,
  /^thumbs\.db$/i,
  /^desktop\.ini$/i,
  /^\.~lock\..*#$/,
  /\.sw[opx]$/,
  /^\.#/,
  /^\.nfs[0-9a-f]{16,}$/,
  /^\.fuse_hidden[0-9a-f]+$/,
  /^\.goutputstream-/,
]
const SYSTEM_FOLDERS = new Set([
  '$recycle.bin',
  'system volume information',
  '.spotlight-v100',
  '.trashes',
  '.fseventsd',
  'lost+found',
])

/** A file that is never synced, and may be displaced with its folder. */
export const isLitter = (name: string): boolean => LITTER.some((pattern) => pattern.test(name))

/** What belongs to this program, in this synced folder or in one inside it. */
export function isOwn(name: string): boolean {
  const folded = foldKey(name)
  return folded === OWN_FOLDER || folded === ROOT_MARKER
}

/** Never synced, whatever a person chose. */
export function isAlwaysIgnored(name: string, kind: NodeKind): boolean {
  if (isOwn(name)) return true
  return kind === 'directory'
    ? SYSTEM_FOLDERS.has(foldKey(name)) || /^\.trash-\d+$/i.test(name)
    : isLitter(name)
}

export function createChooser({ only, ignore }: SyncChoice): IsChosen {
  const rules = planRules(ignore, '')
  const isWithin = withinOnly(only)
  return (path, kind) =>
    !alwaysIgnored(path, kind) && isWithin(path, kind) && !isExcluded(rules, path, kind === 'directory')
}

function alwaysIgnored(path: string, kind: NodeKind): boolean {
  const names = path.split('/')
  return names.some((name, at) => isAlwaysIgnored(name, at === names.length - 1 ? kind : 'directory'))
}

function withinOnly(only: readonly string[]): IsChosen {
  const wanted = only.map((path) => `${foldKey(path.replace(/^\/+|\/+$/g, ''))}/`)
  if (wanted.length === 0) return () => true
  return (path, kind) => {
    const asked = `${foldKey(path)}/`
    return wanted.some(
      (folder) => asked.startsWith(folder) || (kind === 'directory' && folder.startsWith(asked)),
    )
  }
}

/** What would become of a path, and why. */
export interface Previewed {
  readonly path: string
  readonly isChosen: boolean
  /** The pattern that decided, `only` for the choice of folders, `always` for what is never synced; nothing where no rule says anything. */
  readonly by?: string
}

/** Says of paths which are synced and by which rule. */
export function previewIgnore(
  paths: readonly { readonly path: string; readonly kind: NodeKind }[],
  choice: SyncChoice,
): Previewed[] {
  const isChosen = createChooser(choice)
  const isWithin = withinOnly(choice.only)
  const single = choice.ignore.map((pattern) => {
    const plain = pattern.replace(/^!/, '')
    return { pattern, rules: planRules([plain], '') }
  })
  return paths.map(({ path, kind }) => {
    const isIn = isChosen(path, kind)
    const isFolder = kind === 'directory'
    if (alwaysIgnored(path, kind)) return { path, isChosen: isIn, by: 'always' }
    if (!isWithin(path, kind)) return { path, isChosen: isIn, by: 'only' }
    // The last pattern that says what came out.
    const last = single.findLast(
      ({ pattern, rules }) => pattern.startsWith('!') === isIn && isExcluded(rules, path, isFolder),
    )
    return last ? { path, isChosen: isIn, by: last.pattern } : { path, isChosen: isIn }
  })
}
