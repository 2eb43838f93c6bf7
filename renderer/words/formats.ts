const dates = new Map<string, Intl.DateTimeFormat>()
const numbers = new Map<string, Intl.NumberFormat>()
const distances = new Map<string, Intl.RelativeTimeFormat>()

/** A format of dates. Making one costs far more than using it, and lists use the same few a thousand times. */
export function dateFormat(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  // A format keeps the zone it was made in; a computer that travels changes it.
  const made = `${language} ${new Date().getTimezoneOffset()}`
  return kept(dates, made, options, () => new Intl.DateTimeFormat(language, options))
}

/** A format of numbers, kept likewise. */
export function numberFormat(language: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  return kept(numbers, language, options, () => new Intl.NumberFormat(language, options))
}

/** A format of how far away something is in time, kept likewise. */
export function distanceFormat(
  language: string,
  options: Intl.RelativeTimeFormatOptions,
): Intl.RelativeTimeFormat {
  return kept(distances, language, options, () => new Intl.RelativeTimeFormat(language, options))
}

function kept<Format>(
  formats: Map<string, Format>,
  under: string,
  options: object,
  make: () => Format,
): Format {
  const key = `${under} ${JSON.stringify(options)}`
  const known = formats.get(key)
  if (known) return known
  const format = make()
  formats.set(key, format)
  return format
}
