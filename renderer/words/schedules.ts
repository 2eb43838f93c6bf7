import type { TFunction } from 'i18next'

/** Schedules the window offers for backups, and the words for each. Others are kept and shown as they are. */
export const schedules = [
  { text: 'every:1h', key: 'schedule.every1h' },
  { text: 'every:6h', key: 'schedule.every6h' },
  { text: 'every:12h', key: 'schedule.every12h' },
  { text: 'every:24h', key: 'schedule.every24h' },
  { text: 'every:168h', key: 'schedule.every168h' },
  { text: 'daily@02:00', key: 'schedule.daily0200' },
  { text: 'daily@03:00', key: 'schedule.daily0300' },
  { text: 'daily@12:00', key: 'schedule.daily1200' },
  { text: 'daily@18:00', key: 'schedule.daily1800' },
  { text: 'on-change', key: 'schedule.onChange' },
  { text: 'on-connect', key: 'schedule.onConnect' },
  { text: 'manual', key: 'schedule.manual' },
] as const

/** What a new plan of files gets. */
export const USUAL_SCHEDULE = 'daily@03:00'

/** Those it offers for work that looks after what is stored. */
export const careSchedules: readonly string[] = [
  'every:6h',
  'every:24h',
  'daily@12:00',
  'weekly@sun 04:00',
  'weekly@sun 05:00',
  'monthly@1 04:00',
  'manual',
]

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
/** A Sunday. */
const SUNDAY_MS = Date.UTC(2026, 0, 4)
const DAY_MS = 86_400_000

/** A schedule in people's words. */
export function scheduleText(text: string, t: TFunction, language: string): string {
  const known = schedules.find((schedule) => schedule.text === text)
  if (known) return t(known.key)
  const [, time] = /[@ ](\d{1,2}:\d\d)$/.exec(text) ?? []
  if (/^daily@[\d:]+$/.test(text)) return t('schedule.dailyAt', { time })
  const [, day] = /^weekly@([a-z]+) /.exec(text) ?? []
  if (day !== undefined && DAYS.includes(day))
    return t('schedule.weeklyAt', { day: weekdayText(DAYS.indexOf(day), language), time })
  const [, date] = /^monthly@(\d+|last) /.exec(text) ?? []
  const [, rest] = /^on-change:(\w+)$/.exec(text) ?? []
  if (rest !== undefined) return t('schedule.onChangeAfter', { time: restText(rest, language) })
  if (date === 'last') return t('schedule.monthlyLast', { time })
  if (date !== undefined) return t('schedule.monthlyAt', { date, time })
  return t('schedule.custom', { text })
}

/** `5m`, `2h`. */
function restText(rest: string, language: string): string {
  const unit = rest.endsWith('h') ? 'hour' : 'minute'
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Number.parseInt(rest, 10),
  )
}

function weekdayText(day: number, language: string): string {
  const format = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' })
  return format.format(SUNDAY_MS + day * DAY_MS)
}
