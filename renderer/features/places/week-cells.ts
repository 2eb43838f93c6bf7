/** What holds in one hour of the week. `limited`: at the speeds of the grid. */
export type HourState = 'full' | 'limited' | 'pause'

/** Speeds by the hour as a person paints them: 168 hours from Monday 00:00, and one pair of speeds (bytes a second) for the limited ones. */
export interface WeekCells {
  readonly hours: readonly HourState[]
  readonly up: number | undefined
  readonly down: number | undefined
}

/** A stretch of hours of some days with a state of its own; `to` is exclusive, at most 24. */
export interface WeekStretch {
  readonly days: readonly number[]
  readonly from: number
  readonly to: number
  readonly state: Exclude<HourState, 'full'>
}

export const DAYS = 7
export const HOURS = 24
const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}
const TIMES = /^(\d{1,2}):00-(\d{1,2}):00$/
const SPEED = /^(up|down):(?:(full|pause)|(\d{1,9}(?:\.\d{1,6})?)(b|kb|mb|gb|kib|mib|gib)(?:\/s)?)$/

interface Speeds {
  up?: number
  down?: number
}

/**
 * The grid that a text means; undefined where it says more than the grid can show: parts of hours, several pairs of speeds, only one direction paused.
 * The text form is the engine's (`everstow place edit --limits`), which checks it when it is saved.
 */
export function cellsOf(text: string): WeekCells | undefined {
  const hours: Speeds[] = Array.from({ length: DAYS * HOURS }, () => ({}))
  for (const part of text.toLowerCase().split(';')) {
    const [when = '', ...words] = part.trim().split(/\s+/)
    if (when === '') continue
    const times = TIMES.exec(words[0] ?? '')
    const speeds = speedsOf(times ? words.slice(1) : words)
    const isDefault = when === 'default'
    const days = isDefault || when === 'daily' ? [0, 1, 2, 3, 4, 5, 6] : daysOf(when)
    // The default holds under every rule, so it can only be shown where it comes first.
    if (!speeds || !days || (isDefault && (times || hours.some(({ up, down }) => up ?? down))))
      return undefined
    const from = times ? Number(times[1]) : 0
    const to = times ? Number(times[2]) || HOURS : HOURS
    if (from >= HOURS || to > HOURS || from === to) return undefined
    const length = from < to ? to - from : to - from + HOURS
    for (const day of days)
      for (let hour = from; hour < from + length; hour++)
        Object.assign(hours[(day * HOURS + hour) % hours.length] ?? {}, speeds)
  }
  return asCells(hours)
}

const NO_LIMIT = Number.POSITIVE_INFINITY

function asCells(hours: readonly Speeds[]): WeekCells | undefined {
  let pair: { up: number; down: number } | undefined
  const states: HourState[] = []
  for (const { up = NO_LIMIT, down = NO_LIMIT } of hours) {
    if (up === NO_LIMIT && down === NO_LIMIT) states.push('full')
    else if (up === 0 && down === 0) states.push('pause')
    else {
      if (up === 0 || down === 0 || (pair && (pair.up !== up || pair.down !== down))) return undefined
      pair = { up, down }
      states.push('limited')
    }
  }
  const finite = (speed: number | undefined) => (speed === NO_LIMIT ? undefined : speed)
  return { hours: states, up: finite(pair?.up), down: finite(pair?.down) }
}

function daysOf(text: string): number[] | undefined {
  const days: number[] = []
  for (const range of text.split(',')) {
    const [from = '', to = from, ...more] = range.split('-')
    const [first, last] = [DAY_NAMES.indexOf(from), DAY_NAMES.indexOf(to)]
    if (first < 0 || last < 0 || more.length > 0) return undefined
    for (let day = first; ; day = (day + 1) % DAYS) {
      days.push(day)
      if (day === last) break
    }
  }
  return days
}

function speedsOf(words: readonly string[]): Speeds | undefined {
  const speeds: Speeds = {}
  for (const word of words) {
    if (word === 'full' || word === 'pause') {
      speeds.up = speeds.down = word === 'full' ? NO_LIMIT : 0
      continue
    }
    const [, direction, named, amount, unit = ''] = SPEED.exec(word) ?? []
    if (direction !== 'up' && direction !== 'down') return undefined
    speeds[direction] =
      named === undefined ? Math.round(Number(amount) * (UNITS[unit] ?? 1)) : named === 'full' ? NO_LIMIT : 0
  }
  return words.length === 0 ? undefined : speeds
}

/** The stretches of a grid that are not free, days with the same ones together, in the order of the week. */
export function stretchesOf({ hours }: Pick<WeekCells, 'hours'>): WeekStretch[] {
  const found = new Map<string, { days: number[]; from: number; to: number; state: WeekStretch['state'] }>()
  for (let day = 0; day < DAYS; day++) {
    for (let from = 0; from < HOURS; ) {
      const state = hours[day * HOURS + from] ?? 'full'
      let to = from + 1
      while (to < HOURS && hours[day * HOURS + to] === state) to++
      if (state !== 'full') {
        const name = `${from} ${to} ${state}`
        const same = found.get(name)
        if (same) same.days.push(day)
        else found.set(name, { days: [day], from, to, state })
      }
      from = to
    }
  }
  return [...found.values()]
}

/** The text form of a grid; empty where nothing is limited. Limited hours without any speed are free. */
export function textOfCells(cells: WeekCells): string {
  const speeds = [
    ...(cells.up === undefined ? [] : [`up:${speedText(cells.up)}`]),
    ...(cells.down === undefined ? [] : [`down:${speedText(cells.down)}`]),
  ].join(' ')
  return stretchesOf(cells)
    .filter(({ state }) => state === 'pause' || speeds !== '')
    .map(({ days, from, to, state }) => {
      const time = from === 0 && to === HOURS ? '' : ` ${clock(from)}-${clock(to)}`
      return `${daysText(days)}${time} ${state === 'pause' ? 'pause' : speeds}`
    })
    .join('; ')
}

/** Runs of days: `[0, 1, 2, 5]` is Monday to Wednesday, and Saturday. */
export function dayRuns(days: readonly number[]): readonly (readonly [first: number, last: number])[] {
  const runs: [number, number][] = []
  for (const day of days) {
    const run = runs.at(-1)
    if (run && run[1] === day - 1) run[1] = day
    else runs.push([day, day])
  }
  return runs
}

/** `08:00`. */
export function clock(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`
}

function daysText(days: readonly number[]): string {
  if (days.length === DAYS) return 'daily'
  return dayRuns(days)
    .map(([first, last]) => (first === last ? DAY_NAMES[first] : `${DAY_NAMES[first]}-${DAY_NAMES[last]}`))
    .join(',')
}

function speedText(bytes: number): string {
  if (bytes % 1e6 === 0) return `${bytes / 1e6}MB`
  return bytes % 1e3 === 0 ? `${bytes / 1e3}kB` : `${bytes}B`
}
