import type { SeriesPoint } from '../../../../main/contract/index.ts'

/** A line between numbers further apart than this cannot be drawn. */
const WIDEST = 1e290

/** The numbers of a series, `null` where there is none; undefined where it is no series of numbers. */
export function numbersOf(points: readonly SeriesPoint[]): (number | null)[] | undefined {
  const found = points.filter(({ state }) => state === 'found')
  const isDrawn = ({ value }: SeriesPoint): boolean => typeof value === 'number' && Math.abs(value) < WIDEST
  if (found.length === 0 || !found.every(isDrawn)) return undefined
  return points.map(({ state, value }) => (state === 'found' ? (value as number) : null))
}

/** So many backups in a row that have the same. */
export interface Step {
  readonly first: SeriesPoint
  readonly last: SeriesPoint
  readonly backups: number
}

/** Points in a row that do not differ, as one step each. */
export function stepsOf(points: readonly SeriesPoint[]): Step[] {
  const steps: Step[] = []
  for (const point of points) {
    const before = steps.at(-1)
    if (before && isSame(before.last, point))
      steps[steps.length - 1] = { ...before, last: point, backups: before.backups + 1 }
    else steps.push({ first: point, last: point, backups: 1 })
  }
  return steps
}

function isSame(a: SeriesPoint, b: SeriesPoint): boolean {
  if (a.state !== b.state || b.changed) return false
  return a.state !== 'error' || a.code === b.code
}

/** The series for a spreadsheet. What a spreadsheet would take for a formula is made a text. */
export function csvOf(points: readonly SeriesPoint[]): string {
  const rows = points.map(({ createdAt, backupId, state, value, code }) => [
    createdAt,
    backupId,
    state,
    state === 'error' ? (code ?? '') : csvValue(value),
  ])
  return [['created_at', 'backup', 'state', 'value'], ...rows]
    .map((row) => row.map(csvField).join(','))
    .join('\r\n')
}

function csvValue(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') return JSON.stringify(value)
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
