/** Days as schedules write them, a week beginning on Monday. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

/** What a schedule says, in the parts a person edits. Times are `02:00`, or empty while one is typed. What has no other form is `cron`: its text as it stands. */
export type ScheduleForm =
  | { readonly kind: 'daily'; readonly times: readonly string[] }
  | { readonly kind: 'weekly'; readonly days: readonly Weekday[]; readonly times: readonly string[] }
  /** `1` to `28`, or `last`. */
  | { readonly kind: 'monthly'; readonly day: string; readonly times: readonly string[] }
  | { readonly kind: 'every'; readonly count: number | undefined; readonly unit: EveryUnit }
  /** How long files rest first. */
  | { readonly kind: 'change'; readonly count: number | undefined; readonly unit: RestUnit }
  | { readonly kind: 'connect' }
  | { readonly kind: 'manual' }
  | { readonly kind: 'cron'; readonly text: string }

export type ScheduleKind = ScheduleForm['kind']
export type EveryUnit = 'm' | 'h' | 'd'
export type RestUnit = 'm' | 'h'

/** Every kind, in the order in which people are likely to want them. */
export const scheduleKinds = [
  'daily',
  'weekly',
  'monthly',
  'every',
  'change',
  'connect',
  'manual',
  'cron',
] as const satisfies readonly ScheduleKind[]

/** How long files rest where a schedule does not say, in minutes. */
const USUAL_REST = 2
/** From so many days in a row on, a range is shorter than a list. */
const RANGE = 3

/** The parts of a schedule's text, which need not be whole yet. */
export function formOf(text: string): ScheduleForm {
  if (text === 'manual') return { kind: 'manual' }
  if (text === 'on-connect') return { kind: 'connect' }
  if (text === 'on-change') return { kind: 'change', count: USUAL_REST, unit: 'm' }
  const [, count, unit] = /^on-change:(\d*)(m|h)$/.exec(text) ?? []
  if (count !== undefined) return { kind: 'change', count: numberOf(count), unit: unit as RestUnit }
  const [, period, each] = /^every:(\d*)(m|h|d)$/.exec(text) ?? []
  if (period !== undefined) return { kind: 'every', count: numberOf(period), unit: each as EveryUnit }
  const [, daily] = /^daily@([\d:,]*)$/.exec(text) ?? []
  if (daily !== undefined) return { kind: 'daily', times: timesOf(daily) }
  const [, day, monthly = ''] = /^monthly@(\d{0,2}|last) ([\d:,]*)$/.exec(text) ?? []
  if (day !== undefined) return { kind: 'monthly', day: day.replace(/^0/, ''), times: timesOf(monthly) }
  const [, named = '', weekly] = /^weekly@([a-z,-]*) ([\d:,]*)$/.exec(text) ?? []
  const days = weekly === undefined ? undefined : daysOf(named)
  if (days && weekly !== undefined) return { kind: 'weekly', days, times: timesOf(weekly) }
  return { kind: 'cron', text }
}

/** The text of a schedule; the engine says whether it is whole. */
export function textOf(form: ScheduleForm): string {
  switch (form.kind) {
    case 'daily':
      return `daily@${form.times.join()}`
    case 'weekly':
      return `weekly@${textOfDays(form.days)} ${form.times.join()}`
    case 'monthly':
      return `monthly@${form.day} ${form.times.join()}`
    case 'every':
      return `every:${form.count ?? ''}${form.unit}`
    case 'change':
      return form.unit === 'm' && form.count === USUAL_REST
        ? 'on-change'
        : `on-change:${form.count ?? ''}${form.unit}`
    case 'connect':
      return 'on-connect'
    case 'manual':
      return 'manual'
    case 'cron':
      return form.text
  }
}

/** What a rhythm begins with for somebody who had another one before. */
export function startOf(kind: ScheduleKind, before: ScheduleForm): ScheduleForm {
  const times = 'times' in before ? before.times : ['03:00']
  switch (kind) {
    case 'daily':
      return { kind, times }
    case 'weekly':
      return { kind, days: ['mon'], times }
    case 'monthly':
      return { kind, day: '1', times }
    case 'every':
      return { kind, count: 6, unit: 'h' }
    case 'change':
      return { kind, count: USUAL_REST, unit: 'm' }
    case 'cron':
      return { kind, text: cronOf(before, times[0] ?? '') }
    default:
      return { kind }
  }
}

/** The cron expression of a calendar's first time. */
function cronOf(form: ScheduleForm, time: string): string {
  const [hour = 3, minute = 0] = time === '' ? [] : time.split(':').map(Number)
  const days = form.kind === 'weekly' && form.days.length > 0 ? textOfDays(form.days) : '*'
  const date = form.kind === 'monthly' ? form.day.replace('last', 'L') || '*' : '*'
  return `${minute} ${hour} ${date} * ${days}`
}

function numberOf(digits: string): number | undefined {
  return digits === '' ? undefined : Number(digits)
}

function timesOf(list: string): string[] {
  return list.split(',').map((time) => (time === '' ? '' : time.padStart(5, '0')))
}

/** `fri-mon` → the days in the order of a week; undefined for what names none. */
function daysOf(text: string): Weekday[] | undefined {
  const chosen = new Set<Weekday>()
  for (const part of text === '' ? [] : text.split(',')) {
    const [from = '', to = from, ...more] = part.split('-')
    const [first, last] = [weekdays.indexOf(from as Weekday), weekdays.indexOf(to as Weekday)]
    if (first < 0 || last < 0 || more.length > 0) return undefined
    const length = ((last - first + weekdays.length) % weekdays.length) + 1
    for (let at = 0; at < length; at++) chosen.add(weekdays[(first + at) % weekdays.length]!)
  }
  return weekdays.filter((day) => chosen.has(day))
}

function textOfDays(days: readonly Weekday[]): string {
  const rows: Weekday[][] = []
  for (const day of weekdays.filter((each) => days.includes(each))) {
    const row = rows.at(-1)
    const before = row?.at(-1)
    if (row && before && weekdays.indexOf(before) === weekdays.indexOf(day) - 1) row.push(day)
    else rows.push([day])
  }
  return rows.map((row) => (row.length < RANGE ? row.join() : `${row[0]}-${row.at(-1)}`)).join()
}
