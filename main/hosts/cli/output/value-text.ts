import { safeJson, safeText, widthOf } from './terminal-text.ts'

/** A value as JSON on one line, safe for a terminal; cut where it takes more than so many columns. */
export function valueText(value: unknown, columns: number): string {
  const text = safeText(safeJson(value))
  if (widthOf(text) <= columns) return text
  let cut = ''
  for (const letter of text) {
    if (widthOf(cut + letter) >= columns) break
    cut += letter
  }
  return `${cut}…`
}

/** Columns a value gets: on a terminal a line, elsewhere whatever it takes. */
export function valueColumns({ isTTY, columns = 80 }: { isTTY?: boolean; columns?: number }): number {
  return isTTY ? Math.max(20, Math.floor(columns / 2)) : Number.POSITIVE_INFINITY
}

const BARS = '▁▂▃▄▅▆▇█'
/** Where more is to be shown, a bar stands for several. */
const MOST_BARS = 60

/** How numbers develop, as a line of bars; a gap where there is none. Of several for one bar it shows the last. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const numbers = values.filter((value): value is number => value !== undefined && Number.isFinite(value))
  const least = numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const most = numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const bar = (value: number | undefined): string => {
    if (value === undefined || !Number.isFinite(value)) return ' '
    const share = most === least ? 0.5 : (value / 2 - least / 2) / (most / 2 - least / 2)
    return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? ' '
  }
  const count = Math.min(MOST_BARS, values.length)
  return Array.from({ length: count }, (_, at) => {
    const [first, end] = [at, at + 1].map((edge) => Math.round((edge * values.length) / count))
    return bar(values.slice(first, end).findLast((value) => value !== undefined))
  }).join('')
}
