import { alignLists } from './align.ts'
import type { ValueChange } from './diff-values.ts'

/** How a text became another, line by line; places are the numbers of lines, from 1. */
export function* diffLines(old: readonly string[], fresh: readonly string[]): Generator<ValueChange> {
  let [at, toAt] = [0, 0]
  for (const [nextAt, nextToAt] of [...alignLists(old, fresh), [old.length, fresh.length] as const]) {
    for (; at < nextAt && toAt < nextToAt; at++, toAt++)
      if (old[at] !== fresh[toAt]) yield changedLine(old, fresh, at, toAt)
    for (; at < nextAt; at++) yield { change: 'removed', path: String(at + 1), before: old[at]! }
    for (; toAt < nextToAt; toAt++) yield { change: 'added', path: String(toAt + 1), after: fresh[toAt]! }
    at = nextAt + 1
    toAt = nextToAt + 1
  }
}

function changedLine(
  old: readonly string[],
  fresh: readonly string[],
  at: number,
  toAt: number,
): ValueChange {
  const [path, fromPath] = [String(toAt + 1), String(at + 1)]
  const places = path === fromPath ? { path } : { path, fromPath }
  return { change: 'changed', ...places, before: old[at]!, after: fresh[toAt]! }
}
