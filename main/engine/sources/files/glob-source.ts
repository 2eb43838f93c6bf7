import { sep } from 'node:path'
import picomatch from 'picomatch'

/** A glob split into the folder to start from and what must match below it. */
export interface GlobSource {
  readonly base: string
  readonly pattern: string
}

/** Decides about paths below the root that is walked for one or several globs. */
export interface GlobMatcher {
  /** The source as it was given. */
  readonly source: string
  /** What is matched below the glob's base. With `source` and `below` it makes the same matcher again, in another thread. */
  readonly pattern: string
  /** Where the glob's own base lies below the root that is walked: '' or a path with its closing slash. */
  readonly below: string
  /** A folder deeper than this cannot hold matches. */
  readonly maxDepth: number
  readonly matches: (path: string) => boolean
}

/** The parts of a glob; `undefined` when the text has nothing of one. Both kinds of slashes separate on Windows. */
export function splitGlob(source: string): GlobSource | undefined {
  const text = sep === '\\' ? source.replaceAll('\\', '/') : source
  const { base, glob, isGlob, negated } = picomatch.scan(text)
  if (!isGlob || negated || glob === '') return undefined
  return { base: base === '' ? '/' : base, pattern: glob }
}

/** The folder that a glob starts from; undefined where the text is none. */
export function baseOfGlob(source: string): string | undefined {
  return splitGlob(source)?.base
}

/** Compiles a glob for a walk that starts at or above its base. Hidden names match like any other. */
export function compileGlob(source: string, pattern: string, below: string): GlobMatcher {
  const isMatch = picomatch(pattern, { dot: true, nonegate: true })
  const depthBelow = /\*\*|[{(]/.test(pattern) ? Number.POSITIVE_INFINITY : pattern.split('/').length
  const depthAbove = below === '' ? 0 : below.split('/').length - 1
  return {
    source,
    pattern,
    below,
    maxDepth: depthAbove + depthBelow,
    matches: (path) => path.startsWith(below) && isMatch(path.slice(below.length)),
  }
}
