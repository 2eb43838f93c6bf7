import type { TFunction } from 'i18next'

/** Schedules the window offers, and the words for each. Others are kept and shown as they are. */
export const schedules = [
  { text: 'every:1h', key: 'schedule.every1h' },
  { text: 'every:6h', key: 'schedule.every6h' },
  { text: 'every:12h', key: 'schedule.every12h' },
  { text: 'every:24h', key: 'schedule.every24h' },
  { text: 'every:168h', key: 'schedule.every168h' },
  { text: 'daily@02:00', key: 'schedule.daily0200' },
  { text: 'daily@12:00', key: 'schedule.daily1200' },
  { text: 'daily@18:00', key: 'schedule.daily1800' },
  { text: 'manual', key: 'schedule.manual' },
] as const

/** A schedule in people's words. */
export function scheduleText(text: string, t: TFunction): string {
  const known = schedules.find((schedule) => schedule.text === text)
  if (known) return t(known.key)
  const daily = /^daily@(\d\d:\d\d)$/.exec(text)
  if (daily) return t('schedule.dailyAt', { time: daily[1] })
  return t('schedule.custom', { text })
}
