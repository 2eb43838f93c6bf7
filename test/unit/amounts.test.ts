import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesText, durationText, numberText, relativeText } from '../../main/app/amounts.ts'

describe.each(['en', 'fr'] as const)('amounts in words are what Intl says: %s', (locale) => {
  const unit = (name: string, unitDisplay: 'long' | 'short', maximumFractionDigits: number) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay, maximumFractionDigits })

  test('numbers', () => {
    const whole = new Intl.NumberFormat(locale)
    fc.assert(
      fc.property(fc.integer({ min: -1e15, max: 1e15 }), (value) => {
        expect(numberText(locale, value)).toBe(whole.format(value))
      }),
    )
    const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000_000 }), (thousandths) => {
        // Halves are rounded by their decimal digits or by their bits: both are right.
        fc.pre(thousandths % 100 !== 50)
        expect(numberText(locale, thousandths / 1_000, 1)).toBe(tenths.format(thousandths / 1_000))
      }),
    )
  })

  test.each([0, 1, 2, 999, 1_000, 1_500, 303_600, 1e6, 123_456_789, 5e9, 7.25e12, 4e15])(
    '%d bytes',
    (bytes) => {
      const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
      const at = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log(bytes) / Math.log(1000)))
      const format = at === 0 ? unit('byte', 'long', 0) : unit(units[at] ?? '', 'short', 1)
      expect(bytesText(locale, bytes)).toBe(format.format(bytes / 1000 ** at))
    },
  )

  test.each([0, 0.4, 1, 2, 89, 90, 600, 5_399, 5_400, 7_300, 360_000, 5_000_000])('%d seconds', (seconds) => {
    const [name, each] = seconds < 90 ? ['second', 1] : seconds < 5_400 ? ['minute', 60] : ['hour', 3_600]
    const said = unit(name as string, 'long', 0).format(seconds / Number(each))
    // French minutes alone may be torn from their number there.
    expect(durationText(locale, seconds)).toBe(locale === 'fr' ? said.replace(' ', '\u00a0') : said)
  })

  test('how long ago, and when', () => {
    const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
    const units = [
      ['minute', 60, 59],
      ['hour', 3_600, 23],
      ['day', 86_400, 30],
      ['month', 2_629_800, 11],
      ['year', 31_557_600, 1_200],
    ] as const
    for (const [name, seconds, most] of units)
      for (let count = 1; count <= most; count++)
        for (const sign of [-1, 1])
          expect(relativeText(locale, sign * count * seconds)).toBe(format.format(sign * count, name))
    expect(relativeText(locale, 59)).toBeUndefined()
    expect(relativeText(locale, -59)).toBeUndefined()
  })
})
