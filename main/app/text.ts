import { createInstance } from 'i18next'
import en from '../../assets/locales/en.json' with { type: 'json' }
import fr from '../../assets/locales/fr.json' with { type: 'json' }
import type { Sentence, WireError } from '../contract/index.ts'
import { bytesText, durationText } from './amounts.ts'

/** Text for people, in one language. */
export interface Texts {
  readonly locale: 'en' | 'fr'
  /** The text of a key with its values; plural forms follow `count`. */
  text(key: string, params?: Readonly<Record<string, string | number>>): string
  sentence(sentence: Sentence): string
  /** What happened, what is safe, what to do. */
  error(error: WireError): {
    readonly what: string
    readonly safe: string
    readonly todo: string
    readonly details: string
  }
  /** The sentences of the printed recovery kit. */
  kit(): typeof en.kit
  bytes(count: number): string
  dateTime(iso: string): string
  duration(seconds: number): string
}

/** The language to speak: what was chosen, else the system's if we have it, else English. */
export function localeOf(chosen: 'auto' | 'en' | 'fr', system: string): 'en' | 'fr' {
  if (chosen !== 'auto') return chosen
  return system.toLowerCase().startsWith('fr') ? 'fr' : 'en'
}

/** Texts of a language from `assets/locales`. */
export function createTexts(locale: 'en' | 'fr'): Texts {
  const i18n = createInstance()
  void i18n.init({
    lng: locale,
    fallbackLng: 'en',
    initAsync: false,
    resources: { en: { translation: en }, fr: { translation: fr } },
    interpolation: { escapeValue: false },
  })
  const text: Texts['text'] = (key, params = {}) => i18n.t(key, shown(params))

  /** Names say the kind of a value: `…Bytes` and times are put into words here. */
  function shown(params: Readonly<Record<string, string | number>>): Record<string, string | number> {
    const result: Record<string, string | number> = {}
    for (const [name, value] of Object.entries(params)) {
      if (name.endsWith('Bytes') && typeof value === 'number')
        result[name.slice(0, -5)] = bytesText(locale, value)
      else if (/(?:^at|At|until)$/.test(name) && typeof value === 'string') result[name] = dateTime(value)
      else result[name] = value
    }
    return result
  }

  function dateTime(iso: string): string {
    return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso))
  }

  return {
    locale,
    kit: () => (locale === 'fr' ? fr.kit : en.kit),
    text,
    bytes: (count) => bytesText(locale, count),
    dateTime,
    sentence: ({ key, params }) => text(key, params),
    error({ code, data }) {
      const base = i18n.exists(`errors.${code}`) ? `errors.${code}` : 'errors.internal'
      const facts = Object.entries(data).filter(([, value]) => value !== '')
      const params = shown(
        Object.fromEntries(
          facts.map(([name, value]) => [name, typeof value === 'boolean' ? String(value) : value]),
        ),
      )
      // Where an error says why, there may be a sentence of its own for that reason.
      const context = typeof data.reason === 'string' ? data.reason : ''
      const part = (name: string) => i18n.t(`${base}.${name}`, { ...defaults(i18n.t), ...params, context })
      return {
        what: part('what'),
        safe: part('safe'),
        todo: part('do'),
        details: facts.map(([name, value]) => `${name}: ${value}`).join(', '),
      }
    },
    duration: (seconds) => durationText(locale, seconds),
  }
}

/** Words for facts an error may come without. */
function defaults(t: (key: string, options: { returnObjects: true }) => unknown): Record<string, string> {
  const words = t('errorDefaults', { returnObjects: true })
  return typeof words === 'object' && words !== null ? (words as Record<string, string>) : {}
}
