import { join } from 'node:path'
import type { ArchiveRoot } from '../../model/backup.ts'
import type { Plan } from '../../model/plan.ts'
import { excludePatternsOf } from './exclude-presets.ts'
import { type ExcludeRules, isExcluded, planRules } from './exclude-rules.ts'
import { baseOfGlob } from './glob-source.ts'

/** A folder or file of a backup, where it came from, and what of it a plan leaves out today. */
interface Root {
  readonly prefix: string
  readonly source: string
  readonly rules: ExcludeRules | undefined
  /** Folders that were asked about. */
  readonly known: Map<string, boolean>
}

/** What a plan of today says of paths inside a backup. */
export interface TodaysView {
  /** Whether the plan leaves a path out, or a folder above it, even where the backup has it. */
  isExcluded(path: string, isFolder: boolean): boolean
  /** Where a path was when it was backed up, as far as that is known. */
  originsOf(path: string): string[]
}

/** Folders whose verdict is remembered. */
const REMEMBERED = 10_000

/** Looks at a backup of these roots with the rules that its plan has now. */
export function viewOfToday(
  roots: readonly ArchiveRoot[],
  plan: Pick<Plan, 'exclude' | 'excludePresets'> | undefined,
): TodaysView {
  const patterns = plan ? [...plan.exclude, ...excludePatternsOf(plan.excludePresets)] : []
  const known = roots.map(({ source, prefix }): Root => {
    const folder = baseOfGlob(source) ?? source
    return { prefix, source: folder, rules: planRules(patterns, folder), known: new Map() }
  })
  const covering = (path: string) =>
    known.filter(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))
  /** What nobody knows the roots of is judged as if its first name were one. */
  const unknown: Root = { prefix: '', source: '', rules: planRules(patterns, ''), known: new Map() }

  return {
    isExcluded(path, isFolder) {
      if (patterns.length === 0) return false
      const covers = covering(path)
      if (covers.length === 0) return isOut(unknown, path.slice(path.indexOf('/') + 1), isFolder)
      return covers.some((root) => path !== root.prefix && isOut(root, below(root, path), isFolder))
    },
    originsOf: (path) => covering(path).map((root) => join(root.source, below(root, path))),
  }
}

function below({ prefix }: Root, path: string): string {
  return path.slice(prefix.length + 1)
}

/** What is left out takes all that is in it along. */
function isOut(root: Root, path: string, isFolder: boolean): boolean {
  const end = path.lastIndexOf('/')
  if (end > 0 && isFolderOut(root, path.slice(0, end))) return true
  return isExcluded(root.rules, path, isFolder)
}

function isFolderOut(root: Root, folder: string): boolean {
  const known = root.known.get(folder)
  if (known !== undefined) return known
  const verdict = isOut(root, folder, true)
  if (root.known.size >= REMEMBERED) root.known.clear()
  root.known.set(folder, verdict)
  return verdict
}
