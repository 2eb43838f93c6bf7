import type { i18n, TFunction } from 'i18next'
import type { Sentence, WireError } from '../../main/contract/index.ts'
import { bytesText } from './amounts.ts'
import { exactText } from './times.ts'

/**
 * A sentence of the engine in the language of the window: bytes and times among its parameters are written out, and `freeBytes` becomes `{{free}}`.
 */
export function sentenceText(sentence: Sentence, t: TFunction, language: string): string {
  return t(sentence.key, written(sentence.params ?? {}, language))
}

/** Facts as they stand in a sentence. */
function written<T>(facts: Readonly<Record<string, T>>, language: string): Record<string, T | string> {
  const params: Record<string, T | string> = {}
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'number' && name.endsWith('Bytes')) {
      params[name.slice(0, -'Bytes'.length)] = bytesText(value, language)
    } else if (typeof value === 'string' && /(?:^at|At|^until)$/.test(name) && isTime(value)) {
      params[name] = exactText(value, language)
    } else params[name] = value
  }
  return params
}

/** What a problem says to a person: what happened, what is safe, what to do. */
export interface ErrorText {
  readonly what: string
  readonly safe: string
  readonly todo: string
  /** The facts, for who wants to know more; one `name: value` each. */
  readonly facts: readonly string[]
}

/** An engine's error in people's words. `place` names the place it is about where the error itself does not. */
export function errorText(error: WireError, words: i18n, place?: string): ErrorText {
  const { t } = words
  const code = words.exists(`errors.${error.code}`) ? error.code : 'internal'
  const params = {
    ...written(error.data, words.language),
    // Where an error says why, there may be a sentence of its own for that reason.
    context: typeof error.data.reason === 'string' ? error.data.reason : '',
    place: error.data.place ?? place ?? t('errorDefaults.place'),
    path: error.data.path ?? t('errorDefaults.path'),
  }
  return {
    what: t(`errors.${code}.what`, params),
    safe: t(`errors.${code}.safe`, params),
    todo: t(`errors.${code}.do`, params),
    facts: [`code: ${error.code}`, ...Object.entries(error.data).map(([name, value]) => `${name}: ${value}`)],
  }
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))
}
