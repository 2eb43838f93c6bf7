import { numberText, relativeText } from '../../../app/amounts.ts'
import type { Texts } from '../../../app/text.ts'
import { safeText } from './terminal-text.ts'

/** Texts for a terminal: whatever is put into them is made safe first. */
export interface Say {
  readonly locale: 'en' | 'fr'
  /** A text of the `cli` group. */
  (key: string, params?: Readonly<Record<string, string | number>>): string
  /** A text of any group, by its whole key. */
  any(key: string, params?: Readonly<Record<string, string | number>>): string
  bytes(count: number): string
  number(count: number): string
  dateTime(iso: string): string
  duration(seconds: number): string
  /** `3 hours ago`, `in 2 days`. */
  relative(iso: string): string
}

/** Speaks with the given texts. */
export function createSay(texts: Texts, nowMs: () => number): Say {
  const any: Say['any'] = (key, params = {}) => texts.text(key, safeParams(params))
  const say = (key: string, params?: Readonly<Record<string, string | number>>) => any(`cli.${key}`, params)
  return Object.assign(say, {
    locale: texts.locale,
    any,
    bytes: texts.bytes,
    dateTime: texts.dateTime,
    duration: texts.duration,
    number: (count: number) => numberText(texts.locale, count),
    relative: (iso: string) =>
      relativeText(texts.locale, (Date.parse(iso) - nowMs()) / 1_000) ?? any('time.justNow'),
  })
}

function safeParams(params: Readonly<Record<string, string | number>>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'string' ? safeText(value) : value,
    ]),
  )
}
