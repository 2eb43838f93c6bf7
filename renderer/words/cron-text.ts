import cronstrue from 'cronstrue'
import 'cronstrue/locales/fr.js'

/** A cron expression in words; undefined where there are none for it. Imported only where a page waits for it: few people write cron. */
export function cronText(text: string, language: string): string | undefined {
  try {
    const locale = language.startsWith('fr') ? 'fr' : 'en'
    return cronstrue.toString(text, { locale, use24HourTimeFormat: true })
  } catch {
    return undefined
  }
}
