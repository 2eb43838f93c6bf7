/** So many `rem` in whole pixels: rows of one height grow with the person's text size. */
export function rowHeightOf(rem: number): number {
  const base = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  return Math.round(rem * (Number.isFinite(base) ? base : 16))
}
