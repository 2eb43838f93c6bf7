import type { SoakOutcome } from './outcome.ts'

/** What is added up over all parts, by the names under which parts count it. */
const TOTALS = {
  histories: ['histories'],
  states: ['states'],
  years: ['years'],
  faults: ['faults', 'cuts'],
  'crash points': ['crash points'],
  kills: ['kills'],
  tamperings: ['tamperings'],
  'disk-full moments': ['moments'],
  restores: ['restores'],
} as const

export interface Summary {
  readonly seed: number
  readonly seconds: number
  readonly totals: Readonly<Record<string, number>>
  readonly lost: number
  readonly problems: number
  /** Commands that do again what went wrong. */
  readonly replays: readonly string[]
  readonly parts: readonly SoakOutcome[]
}

export function summaryOf(seed: number, seconds: number, parts: readonly SoakOutcome[]): Summary {
  const sum = (names: readonly string[]) =>
    parts.reduce((total, { counts }) => total + names.reduce((of, name) => of + (counts[name] ?? 0), 0), 0)
  return {
    seed,
    seconds,
    totals: Object.fromEntries(Object.entries(TOTALS).map(([name, names]) => [name, sum(names)])),
    lost: parts.reduce((total, { lost }) => total + lost, 0),
    problems: parts.reduce((total, { problems }) => total + problems.length, 0),
    replays: [...new Set(parts.flatMap(({ replays }) => replays))],
    parts,
  }
}

const number = new Intl.NumberFormat('en')

/** The summary as a table for people. */
export function tableOf({ seed, seconds, totals, lost, problems, replays, parts }: Summary): string {
  const told = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${number.format(count)} ${name}`)
      .join(', ')
  const rows = parts.map(({ part, counts, lost, problems, skipped }) => [
    part,
    skipped === undefined ? String(lost) : '-',
    skipped === undefined ? String(problems.length) : '-',
    skipped === undefined ? told(counts) : `not run: ${skipped}`,
  ])
  rows.unshift(['part', 'lost', 'problems', 'what was done'])
  rows.push(['all', String(lost), String(problems), told(totals)])
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  const ends = replays.map((replay) => `again: ${replay}`)
  return [`seed ${seed}, ${number.format(seconds)} s`, '', ...lines, '', ...ends].join('\n').trimEnd()
}
