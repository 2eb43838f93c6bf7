import type { Copy } from '../../contract/index.ts'
import type { Invocation } from './invocation.ts'
import type { ErrorRecord } from './output/describe-error.ts'
import { describeError } from './output/describe-error.ts'

/** Puts an error into the words of the record. `place`: where it came up, for sentences that name it. */
export type Explain = (error: Copy['error'] & {}, place?: string) => ErrorRecord

/** Puts errors that come inside answers into words. */
export function explainer({ texts, say }: Pick<Invocation, 'texts' | 'say'>): Explain {
  return (error, place) => {
    const data = place === undefined ? error.data : { place, ...error.data }
    return describeError(texts, say, { ...error, data }).record
  }
}
