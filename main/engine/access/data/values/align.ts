/** So many differences are told apart; where there are more, what lies between the equal beginning and end is compared by its place. */
const MOST_DIFFERENCES = 3_000

/** Pairs of places where two lists are equal, in order: as many as there can be. */
export function alignLists<Item>(one: readonly Item[], other: readonly Item[]): [number, number][] {
  const pairs: [number, number][] = []
  let start = 0
  while (start < one.length && start < other.length && one[start] === other[start])
    pairs.push([start, start++])
  let [endOne, endOther] = [one.length, other.length]
  const atEnd: [number, number][] = []
  while (endOne > start && endOther > start && one[endOne - 1] === other[endOther - 1])
    atEnd.push([--endOne, --endOther])
  const between = shortestEdit(one.slice(start, endOne), other.slice(start, endOther))
  for (const [at, toAt] of between) pairs.push([start + at, start + toAt])
  return [...pairs, ...atEnd.reverse()]
}

/** Myers, An O(ND) Difference Algorithm (1986): how far each diagonal gets with one difference more, until one is at the end; then back along what was kept. */
function shortestEdit<Item>(one: readonly Item[], other: readonly Item[]): [number, number][] {
  const most = Math.min(one.length + other.length, MOST_DIFFERENCES)
  const reached = new Int32Array(2 * most + 3)
  const kept: Int32Array[] = []
  for (let differences = 0; differences <= most; differences++) {
    kept.push(reached.slice(most + 1 - differences - 1, most + 1 + differences + 2))
    for (let diagonal = -differences; diagonal <= differences; diagonal += 2) {
      const at = most + 1 + diagonal
      const isDown =
        diagonal === -differences || (diagonal !== differences && reached[at - 1]! < reached[at + 1]!)
      let x = isDown ? reached[at + 1]! : reached[at - 1]! + 1
      while (x < one.length && x - diagonal < other.length && one[x] === other[x - diagonal]) x++
      reached[at] = x
      if (x >= one.length && x - diagonal >= other.length) return wayBack(kept, one.length, other.length)
    }
  }
  return []
}

function wayBack(kept: readonly Int32Array[], length: number, otherLength: number): [number, number][] {
  const pairs: [number, number][] = []
  let [x, y] = [length, otherLength]
  for (let differences = kept.length - 1; differences >= 0; differences--) {
    const reached = kept[differences]!
    const diagonal = x - y
    const at = differences + 1 + diagonal
    const isDown =
      diagonal === -differences || (diagonal !== differences && reached[at - 1]! < reached[at + 1]!)
    const fromX = differences === 0 ? 0 : isDown ? reached[at + 1]! : reached[at - 1]!
    const fromDiagonal = differences === 0 ? 0 : isDown ? diagonal + 1 : diagonal - 1
    const fromY = fromX - fromDiagonal
    const [startX, startY] = differences === 0 ? [0, 0] : isDown ? [fromX, fromY + 1] : [fromX + 1, fromY]
    while (x > startX && y > startY) pairs.push([--x, --y])
    ;[x, y] = [fromX, fromY]
  }
  return pairs.reverse()
}

/** Places of a longest rising row in a list of different numbers. */
export function longestRising(numbers: readonly number[]): Set<number> {
  const tails: number[] = []
  const before: number[] = []
  numbers.forEach((number, at) => {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (numbers[tails[middle]!]! < number) low = middle + 1
      else high = middle
    }
    before[at] = low === 0 ? -1 : tails[low - 1]!
    tails[low] = at
  })
  const rising = new Set<number>()
  for (let at = tails.at(-1) ?? -1; at >= 0; at = before[at]!) rising.add(at)
  return rising
}
