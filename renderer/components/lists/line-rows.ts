import { diffIndices } from 'node-diff3'

/** A line as it stands on one side: its number from 1, its text, and which part of it the other side has not. */
export interface Line {
  readonly number: number
  readonly text: string
  readonly mark?: readonly [from: number, to: number]
}

/** What stands beside each other. `skipped`: so many equal lines are not shown. */
export type LineRow =
  | { readonly kind: 'same' | 'changed'; readonly left?: Line; readonly right?: Line }
  | { readonly kind: 'skipped'; readonly lines: number }

/** Equal lines shown around what differs. */
const CONTEXT_LINES = 3
/** Leaving out fewer takes as much room as showing them. */
const FEWEST_SKIPPED = 3
/** Where more lines differ, finding pairs among them takes long and says little: they stand as one change. */
const MOST_COMPARED_LINES = 6_000

interface Change {
  readonly left: readonly [start: number, length: number]
  readonly right: readonly [start: number, length: number]
}

/** Two texts side by side, line by line, equal stretches cut short unless all is wanted. Texts that are equal give no rows then. */
export function lineRows(leftText: string, rightText: string, isWhole = false): LineRow[] {
  const left = leftText.split('\n')
  const right = rightText.split('\n')
  const changes = changesBetween(left, right)
  const rows: LineRow[] = []
  const around = isWhole ? Number.POSITIVE_INFINITY : CONTEXT_LINES
  let at = 0
  let shift = 0
  for (const [index, change] of changes.entries()) {
    const start = change.left[0]
    pushSame(rows, left, { from: at, to: start, shift, around, isBetween: index > 0 })
    rows.push(...changedRows(left, right, change))
    at = start + change.left[1]
    shift = change.right[0] + change.right[1] - at
  }
  if (changes.length > 0 || isWhole) pushTail(rows, left, at, shift, around)
  return rows
}

/** The stretches that differ. What both begin and end with is set aside first, so that a small change in a long text is found at once. */
function changesBetween(left: readonly string[], right: readonly string[]): Change[] {
  const shorter = Math.min(left.length, right.length)
  let head = 0
  while (head < shorter && left[head] === right[head]) head++
  let tail = 0
  while (tail < shorter - head && left.at(-1 - tail) === right.at(-1 - tail)) tail++
  const [a, b] = [left.slice(head, left.length - tail), right.slice(head, right.length - tail)]
  if (a.length === 0 && b.length === 0) return []
  if (a.length === 0 || b.length === 0 || a.length + b.length > MOST_COMPARED_LINES)
    return [{ left: [head, a.length], right: [head, b.length] }]
  return diffIndices(a, b).map(({ buffer1, buffer2 }) => ({
    left: [buffer1[0] + head, buffer1[1]],
    right: [buffer2[0] + head, buffer2[1]],
  }))
}

function changedRows(left: readonly string[], right: readonly string[], change: Change): LineRow[] {
  const [fromLeft, leftLines] = change.left
  const [fromRight, rightLines] = change.right
  return Array.from({ length: Math.max(leftLines, rightLines) }, (_, index) => {
    const a = index < leftLines ? left[fromLeft + index] : undefined
    const b = index < rightLines ? right[fromRight + index] : undefined
    const marks = a !== undefined && b !== undefined ? marksOf(a, b) : undefined
    return {
      kind: 'changed',
      ...(a !== undefined && {
        left: { number: fromLeft + index + 1, text: a, ...(marks && { mark: marks[0] }) },
      }),
      ...(b !== undefined && {
        right: { number: fromRight + index + 1, text: b, ...(marks && { mark: marks[1] }) },
      }),
    }
  })
}

/** Which part of two lines differs; none where they have too little in common for that to help. */
function marksOf(a: string, b: string): [[number, number], [number, number]] | undefined {
  const shorter = Math.min(a.length, b.length)
  let head = 0
  while (head < shorter && a[head] === b[head]) head++
  let tail = 0
  while (tail < shorter - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  if ((head + tail) * 3 < shorter) return undefined
  return [
    [head, a.length - tail],
    [head, b.length - tail],
  ]
}

interface Stretch {
  readonly from: number
  readonly to: number
  readonly shift: number
  /** Lines that are shown at its ends. */
  readonly around: number
  readonly isBetween: boolean
}

function pushSame(
  rows: LineRow[],
  left: readonly string[],
  { from, to, shift, around, isBetween }: Stretch,
): void {
  const before = isBetween ? Math.min(to, from + around) : from
  const wanted = Math.max(before, to - around)
  const after = wanted - before < FEWEST_SKIPPED ? before : wanted
  for (let at = from; at < before; at++) rows.push(sameRow(left, at, shift))
  if (after > before) rows.push({ kind: 'skipped', lines: after - before })
  for (let at = after; at < to; at++) rows.push(sameRow(left, at, shift))
}

function pushTail(
  rows: LineRow[],
  left: readonly string[],
  from: number,
  shift: number,
  around: number,
): void {
  const leftOver = left.length - from - around
  const to = leftOver < FEWEST_SKIPPED ? left.length : from + around
  for (let at = from; at < to; at++) rows.push(sameRow(left, at, shift))
  if (to < left.length) rows.push({ kind: 'skipped', lines: left.length - to })
}

function sameRow(left: readonly string[], at: number, shift: number): LineRow {
  const text = left[at] ?? ''
  return { kind: 'same', left: { number: at + 1, text }, right: { number: at + 1 + shift, text } }
}
