/** When a pause of an hour ends. */
export function inAnHour(): string {
  return new Date(Date.now() + 3_600_000).toISOString()
}

/** Eight in the morning of the next day: nobody means midnight by "tomorrow". */
export function tomorrowMorning(): string {
  const day = new Date()
  day.setDate(day.getDate() + 1)
  day.setHours(8, 0, 0, 0)
  return day.toISOString()
}
