import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import en from '../../assets/locales/en.json'
import fr from '../../assets/locales/fr.json'

export const languages = ['en', 'fr'] as const
export type Language = (typeof languages)[number]

/** The language of ours for a system's tag such as `fr-CH`; English where we have none. */
export function languageOf(tag: string): Language {
  const base = tag.toLowerCase().split(/[-_]/)[0]
  return languages.find((language) => language === base) ?? 'en'
}

/** The system's own variant of a language (`en-GB` for `en`), for dates and numbers as people write them there. */
export function variantOf(language: string, systemTags: readonly string[]): string {
  return systemTags.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ?? language
}

/** Loads both languages; React escapes, so nothing is escaped here. */
export function startWords(systemTag: string): void {
  void i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, fr: { translation: fr } },
    lng: languageOf(systemTag),
    fallbackLng: 'en',
    initAsync: false,
    interpolation: { escapeValue: false },
    // A fact that an error does not carry leaves a gap, never a `{{name}}` on the screen.
    missingInterpolationHandler: () => '',
  })
}
