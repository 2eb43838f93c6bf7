import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import en from '../../assets/locales/en.json'

const languages = ['en', 'fr'] as const
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

/** Sets the words up in the system's language; React escapes, so nothing is escaped here. */
export async function startWords(systemTag: string): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en } },
    lng: 'en',
    fallbackLng: 'en',
    initAsync: false,
    interpolation: { escapeValue: false },
    // A fact that an error does not carry leaves a gap, never a `{{name}}` on the screen.
    missingInterpolationHandler: () => '',
  })
  await speak(languageOf(systemTag))
}

let wanted: Language = 'en'

/** Goes over to a language. What is not English comes when it is first spoken; the last wish counts. */
export async function speak(language: Language): Promise<void> {
  wanted = language
  if (language === 'fr' && !i18next.hasResourceBundle('fr', 'translation')) {
    const { default: fr } = await import('../../assets/locales/fr.json')
    i18next.addResourceBundle('fr', 'translation', fr)
  }
  if (wanted === language) await i18next.changeLanguage(language)
}
