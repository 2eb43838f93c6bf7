import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Sentence, WireError } from '../../main/contract/index.ts'
import { bytesText, decimalText, durationText, moneyText, numberText, shareText } from './amounts.ts'
import { scheduleText } from './schedules.ts'
import { type ErrorText, errorText, sentenceText } from './sentences.ts'
import { variantOf } from './start-words.ts'
import { dateText, dayText, exactText, relativeText, zoneTimeText } from './times.ts'

/** Everything a component needs to say something in the window's language. */
export function useWords() {
  const { t, i18n } = useTranslation()
  const language = variantOf(i18n.language, navigator.languages)
  return useMemo(
    () => ({
      t,
      language,
      exists: (key: string): boolean => i18n.exists(key),
      bytes: (value: number): string => bytesText(value, language),
      number: (value: number): string => numberText(value, language),
      decimal: (value: number): string => decimalText(value, language),
      share: (value: number): string => shareText(value, language),
      duration: (ms: number): string => durationText(ms, language),
      money: (amount: number, currency: string): string => moneyText(amount, currency, language),
      date: (date: string): string => dateText(date, language),
      exact: (iso: string): string => exactText(iso, language),
      timeIn: (iso: string, timeZone: string, part?: 'all' | 'time'): string =>
        zoneTimeText(iso, language, timeZone, part),
      day: (date: string): string => dayText(date, language),
      relative: (iso: string, nowMs: number): string =>
        relativeText(iso, nowMs, language) ?? t('time.justNow'),
      sentence: (sentence: Sentence): string => sentenceText(sentence, t, language),
      schedule: (text: string): string => scheduleText(text, t, language),
      error: (error: WireError, place?: string): ErrorText => errorText(error, i18n, place),
    }),
    [t, i18n, language],
  )
}

export type Words = ReturnType<typeof useWords>
