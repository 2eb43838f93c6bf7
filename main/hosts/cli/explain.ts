import type { Invocation } from './invocation.ts'
import { describeError } from './output/describe-error.ts'
import type { Explain } from './records/backup-record.ts'

/** Puts errors that come inside answers into words. */
export function explainer({ texts, say }: Pick<Invocation, 'texts' | 'say'>): Explain {
  return (error, place) => {
    const data = place === undefined ? error.data : { place, ...error.data }
    return describeError(texts, say, { ...error, data }).record
  }
}
