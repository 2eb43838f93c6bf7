import type { TFunction } from 'i18next'
import { formOf, type ScheduleForm, type Weekday, weekdays } from './schedule-form.ts'

/** What a new plan of files gets. */
export const USUAL_SCHEDULE = 'daily@03:00'

/** Those the window offers for work that looks after what is stored. Others are kept and shown as they are. */
export const careSchedules: readonly string[] = [
  'every:6h',
  'every:24h',
  'daily@12:00',
  'weekly@sun 04:00',
  'weekly@sun 05:00',
  'monthly@1 04:00',
  'manual',
]

/** What people have shorter words for. */
const SHORT: Readonly<Record<string, string>> = {
  'every:24h': 'schedule.every24h',
  'every:168h': 'schedule.every168h',
  'every:7d': 'schedule.every168h',
  'daily@02:00': 'schedule.daily0200',
  'daily@03:00': 'schedule.daily0300',
  'daily@12:00': 'schedule.daily1200',
  'daily@18:00': 'schedule.daily1800',
  'on-change': 'schedule.onChange',
}
const EVERY = { m: 'schedule.everyMinutes', h: 'schedule.everyHours', d: 'schedule.everyDays' } as const
const WORKDAYS = 'mon,tue,wed,thu,fri'
/** A Monday. */
const MONDAY_MS = Date.UTC(2026, 0, 5)
const DAY_MS = 86_400_000

/** A schedule in people's words. */
export function scheduleText(text: string, t: TFunction, language: string): string {
  const short = SHORT[text]
  return short === undefined ? formText(formOf(text), t, language) : t(short)
}

function formText(form: ScheduleForm, t: TFunction, language: string): string {
  const time = 'times' in form ? listText(form.times, language) : ''
  switch (form.kind) {
    case 'daily':
      return t('schedule.dailyAt', { time })
    case 'weekly':
      if (form.days.length === weekdays.length) return t('schedule.dailyAt', { time })
      if (form.days.join() === WORKDAYS) return t('schedule.workdaysAt', { time })
      return t('schedule.weeklyAt', { time, day: daysText(form.days, language) })
    case 'monthly':
      if (form.day === 'last') return t('schedule.monthlyLast', { time })
      if (Number(form.day) === 1) return t('schedule.monthlyFirst', { time })
      return t('schedule.monthlyAt', { time, date: form.day })
    case 'every':
      return t(EVERY[form.unit], { count: form.count ?? 0 })
    case 'change':
      return t('schedule.onChangeAfter', { time: restText(form.count ?? 0, form.unit, language) })
    case 'connect':
      return t('schedule.onConnect')
    case 'manual':
      return t('schedule.manual')
    case 'cron':
      return t('schedule.custom', { text: form.text })
  }
}

/** A day of the week: `Monday`, or `Mon` where there is little room. */
export function weekdayText(day: Weekday, language: string, width: 'long' | 'short' = 'long'): string {
  const format = new Intl.DateTimeFormat(language, { weekday: width, timeZone: 'UTC' })
  return format.format(MONDAY_MS + weekdays.indexOf(day) * DAY_MS).replace('.', '')
}

function daysText(days: readonly Weekday[], language: string): string {
  return listText(
    days.map((day) => weekdayText(day, language)),
    language,
  )
}

function listText(parts: readonly string[], language: string): string {
  return new Intl.ListFormat(language).format(parts)
}

function restText(count: number, unit: 'm' | 'h', language: string): string {
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: unit === 'h' ? 'hour' : 'minute',
    unitDisplay: 'long',
  }).format(count)
}
