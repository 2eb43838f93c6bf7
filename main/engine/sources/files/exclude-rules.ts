import { sep } from 'node:path'
import ignore from 'ignore'

/** The file whose lines exclude things from its own folder and below, written like a `.gitignore`. */
export const IGNORE_FILE_NAME = '.everstowignore'

/** `ignore` remembers every path it was asked about; rules are copied over to a fresh instance before that grows. */
const REMEMBERED_PATHS = 4096

/**
 * Rules of one folder on top of those of the folders above it. As with git, the deepest rules that say anything about a path
 * decide, and within one set the last pattern that matches.
 */
export interface ExcludeRules {
  /** Length of the folder's path below the source, with its closing slash: what is cut off before asking `verdict`. */
  readonly baseLength: number
  readonly verdict: Verdict
  /** The pattern that leaves a path out, as it was written. */
  readonly reason: Reason
  /** Path below the source of the folder whose ignore file this is, with its closing slash or ''; undefined: the plan's own patterns. */
  readonly ignoreFolder: string | undefined
  readonly above: ExcludeRules | undefined
}

type Reason = (path: string) => string | undefined
type Verdict = (path: string) => 'excluded' | 'included' | undefined

/**
 * The plan's own patterns for one source folder, which lies at `folderPath` below the root of the walk ('' is the root itself). A
 * pattern that starts with the folder's absolute path means that very place; every other is read as in a `.gitignore` at its top.
 */
export function planRules(
  patterns: readonly string[],
  sourceFolder: string,
  folderPath = '',
): ExcludeRules | undefined {
  if (patterns.length === 0) return undefined
  const local = patterns.map((pattern) => ({ pattern: withinSource(pattern, sourceFolder), mark: pattern }))
  return {
    baseLength: baseLengthOf(folderPath),
    ...compile(local),
    ignoreFolder: undefined,
    above: undefined,
  }
}

/** Adds the lines of an ignore file found in `folderPath` (relative to the source, no slash at the end; '' is the source itself). */
export function folderRules(
  text: string,
  folderPath: string,
  above: ExcludeRules | undefined,
): ExcludeRules | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
  if (lines.length === 0) return above
  const rules = compile(lines.map((line) => ({ pattern: line, mark: line })))
  const ignoreFolder = folderPath === '' ? '' : `${folderPath}/`
  return { baseLength: baseLengthOf(folderPath), ...rules, ignoreFolder, above }
}

/** Whether rules leave out `path` (relative to the source, `/` between names). Parents must have been asked before. */
export function isExcluded(rules: ExcludeRules | undefined, path: string, isFolder: boolean): boolean {
  const asked = isFolder ? `${path}/` : path
  for (let layer = rules; layer; layer = layer.above) {
    const verdict = layer.verdict(asked.slice(layer.baseLength))
    if (verdict) return verdict === 'excluded'
  }
  return false
}

/** What leaves out a path of which `isExcluded` says so: the pattern, and the folder of the ignore file it stands in (undefined: the plan). */
export function excludedBy(
  rules: ExcludeRules | undefined,
  path: string,
  isFolder: boolean,
): { readonly pattern: string; readonly ignoreFolder: string | undefined } | undefined {
  const asked = isFolder ? `${path}/` : path
  for (let layer = rules; layer; layer = layer.above) {
    const pattern = layer.reason(asked.slice(layer.baseLength))
    if (pattern !== undefined) return { pattern, ignoreFolder: layer.ignoreFolder }
  }
  return undefined
}

function baseLengthOf(folderPath: string): number {
  return folderPath === '' ? 0 : folderPath.length + 1
}

function compile(
  patterns: readonly { readonly pattern: string; readonly mark: string }[],
): Pick<ExcludeRules, 'verdict' | 'reason'> {
  // Where file names ignore case, so do patterns.
  const options = { ignorecase: sep === '\\', allowRelativePaths: true }
  let rules = ignore(options).add(patterns)
  let asked = 0
  const test = (path: string) => {
    if (++asked > REMEMBERED_PATHS) {
      rules = ignore(options).add(rules)
      asked = 1
    }
    return rules.test(path)
  }
  return {
    verdict(path) {
      const answer = test(path)
      return answer.ignored ? 'excluded' : answer.unignored ? 'included' : undefined
    },
    reason: (path) => test(path).rule?.mark,
  }
}

function withinSource(pattern: string, sourceFolder: string): string {
  const negated = pattern.startsWith('!')
  const plain = slashed(negated ? pattern.slice(1) : pattern)
  const folder = slashed(sourceFolder)
  const start = folder.endsWith('/') ? folder : `${folder}/`
  if (!plain.startsWith(start)) return pattern
  return `${negated ? '!' : ''}/${plain.slice(start.length)}`
}

/** On Windows the parts of a path may be given with backslashes; elsewhere a backslash escapes. */
function slashed(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path
}
