import picomatch from 'picomatch'
import type { ArchiveEntry } from '../archive/entry.ts'
import { EverstowError } from '../model/errors.ts'

/** Which entries a restore takes, and which of the wishes were ever met. */
export interface Selection {
  /** `above`: a folder that leads to something chosen; it is made when needed, with its own mode and time. */
  choose(entry: Pick<ArchiveEntry, 'path' | 'kind'>): 'take' | 'above' | 'leave'
  /** Wishes that have matched nothing so far. */
  missing(): string[]
}

const everything: Selection = { choose: () => 'take', missing: () => [] }

/**
 * The entries that `paths` name. Each is first taken word for word (a file, or a folder with all in it), so that names with `*` or `[` can be
 * chosen; where it holds glob characters it also matches as a glob (dot files included), again with everything inside a matched folder.
 */
export function selectPaths(paths: readonly string[] | undefined): Selection {
  if (!paths) return everything
  const wishes = paths.map(wishOf)
  const met = new Set<string>()
  return {
    choose({ path, kind }) {
      let answer: 'take' | 'above' | 'leave' = 'leave'
      for (const wish of wishes) {
        if (wish.matches(path)) {
          met.add(wish.text)
          answer = 'take'
        } else if (kind === 'directory' && answer === 'leave' && wish.leadsThrough(path)) {
          answer = 'above'
        }
      }
      return answer
    },
    missing: () => wishes.filter((wish) => !met.has(wish.text)).map((wish) => wish.text),
  }
}

interface Wish {
  readonly text: string
  matches(path: string): boolean
  leadsThrough(folder: string): boolean
}

function wishOf(text: string): Wish {
  const path = text.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '')
  if (path === '' || path.startsWith('/') || path.split('/').includes('..')) {
    throw new EverstowError('invalid-input', { data: { field: 'paths', value: text } })
  }
  const inside = `${path}/`
  const { isGlob, base } = picomatch.scan(path)
  const glob = isGlob ? picomatch(path, { dot: true }) : undefined
  const aboveBase = isGlob ? base : path
  return {
    text,
    matches: (entry) =>
      entry === path || entry.startsWith(inside) || (glob !== undefined && matchesAny(glob, entry)),
    leadsThrough: (folder) => aboveBase === folder || aboveBase.startsWith(`${folder}/`),
  }
}

/** Whether the path or any folder above it matches. */
function matchesAny(glob: (path: string) => boolean, path: string): boolean {
  if (glob(path)) return true
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    if (glob(path.slice(0, slash))) return true
  }
  return false
}
