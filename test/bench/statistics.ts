/** The middle of some numbers; the mean of the middle two where their count is even. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) return Number.NaN
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

/**
 * How often ours fits into the peer's: the median of the rounds' own ratios, because what disturbs one round disturbs both tools. Rounds that
 * either did not finish are left out; NaN where none is left.
 */
export function pairedRatio(
  peer: readonly (number | undefined)[],
  ours: readonly (number | undefined)[],
): number {
  const ratios = peer.flatMap((value, round) => {
    const own = ours[round]
    return value === undefined || own === undefined ? [] : [value / own]
  })
  return median(ratios)
}

/** Rounded to so many digits after the point. */
export function rounded(number: number, digits: number): number {
  return Number(number.toFixed(digits))
}
