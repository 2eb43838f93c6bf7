import { mergeDiff3 } from 'node-diff3'

/** A longer text is not merged: nobody would read it, and it takes long. */
const LONGEST_CHARACTERS = 256 * 1024

export interface Merged {
  readonly text: string
  /** Nothing was changed by both in the same place. */
  readonly isClean: boolean
}

/** What both made of a text, line by line; places that both changed are marked as version control does. `undefined` for texts that are too long. */
export function mergeTexts(base: string, here: string, there: string): Merged | undefined {
  if ([base, here, there].some(({ length }) => length > LONGEST_CHARACTERS)) return undefined
  const linesOf = (text: string) => text.split('\n')
  const label = { a: 'here', o: 'base', b: 'there' }
  const { conflict, result } = mergeDiff3(linesOf(here), linesOf(base), linesOf(there), {
    excludeFalseConflicts: true,
    label,
  })
  return { text: result.join('\n'), isClean: !conflict }
}
