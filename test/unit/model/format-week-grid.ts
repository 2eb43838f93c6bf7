import type { Speed, SpeedLimits, WeekGrid, WeekRule } from '../../../main/engine/model/schedule/week-grid.ts'

const DAY_MINUTES = 1440
const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const UNITS = { GiB: 2 ** 30, GB: 1e9, MiB: 2 ** 20, MB: 1e6, KiB: 1024, kB: 1000 } as const
const NAMES = ['GiB', 'GB', 'MiB', 'MB', 'KiB', 'kB'] as const

/** The text that `parseWeekGrid` reads as the same grid. */
export function formatWeekGrid({ fallback, rules }: WeekGrid): string {
  const parts = rules.map((rule) => `${formatDays(rule.days)}${formatTimes(rule)} ${formatSpeeds(rule)}`)
  const first = formatSpeeds(fallback)
  return [...(first === '' ? [] : [`default ${first}`]), ...parts].join('; ')
}

function formatDays(days: readonly number[]): string {
  if (days.length === 7) return 'daily'
  const ranges: string[] = []
  for (let index = 0; index < days.length; ) {
    let end = index
    while (days[end + 1] === days[end]! + 1) end++
    const first = DAY_NAMES[days[index]!]
    const last = DAY_NAMES[days[end]!]
    ranges.push(end === index ? `${first}` : end === index + 1 ? `${first},${last}` : `${first}-${last}`)
    index = end + 1
  }
  return ranges.join(',')
}

function formatTimes({ fromMinute, toMinute }: WeekRule): string {
  if (fromMinute === 0 && toMinute === DAY_MINUTES) return ''
  const time = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
  return ` ${time(fromMinute)}-${time(toMinute)}`
}

function formatSpeeds({ uploadBytesPerSecond: up, downloadBytesPerSecond: down }: SpeedLimits): string {
  if (up === down && (up === 'full' || up === 0)) return formatSpeed(up)
  const words: string[] = []
  if (up !== undefined) words.push(`up:${formatSpeed(up)}`)
  if (down !== undefined) words.push(`down:${formatSpeed(down)}`)
  return words.join(' ')
}

function formatSpeed(speed: Speed): string {
  if (speed === 'full') return 'full'
  if (speed === 0) return 'pause'
  const unit = NAMES.find((name) => speed % UNITS[name] === 0)
  return unit ? `${speed / UNITS[unit]}${unit}` : `${speed}B`
}
