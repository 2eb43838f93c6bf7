import { compilePath } from '../../model/path-pattern.ts'

/** What a path is to be like. */
export interface PathPattern {
  readonly text: string
  /** A part of the name, whatever letters it has. */
  readonly isLiteral: boolean
}

/** As people write it. */
export const patternOf = (text: string): PathPattern => ({ text, isLiteral: !isGlob(text) })

/** Whether a path is meant: a glob over it (`**` over folders), or without `/` over its name; a text without `*` and `?` is a part of the name. Case counts for nothing. However a glob is written, a path is looked at once. */
export function pathFilter(pattern: PathPattern | undefined): (path: string) => boolean {
  if (pattern === undefined) return () => true
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
  if (pattern.isLiteral) {
    const text = pattern.text.toLowerCase()
    return (path) => (text.includes('/') ? path : nameOf(path)).toLowerCase().includes(text)
  }
  const text = pattern.text.toLowerCase()
  const isMeant = compilePath(text)
  return (path) => isMeant((text.includes('/') ? path : nameOf(path)).toLowerCase())
}

export const isGlob = (pattern: string): boolean => /[*?]/.test(pattern)

/** A part of a name that everything has that a pattern means: what the book of names is asked for. Letters beyond ASCII are left out, because it knows their case. */
export function letteredPart({ text }: PathPattern): string {
  const name = text.slice(text.lastIndexOf('/') + 1)
  const parts = name.split(/[^\x20-\x29\x2b-\x3e\x40-\x7e]+/)
  return parts.toSorted((a, b) => b.length - a.length)[0] ?? ''
}
