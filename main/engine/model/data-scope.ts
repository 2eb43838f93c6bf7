import { isSensiblePattern } from './path-pattern.ts'

/** How far somebody sees who reads data in backups. What is absent is not limited. */
export interface DataScope {
  /** Only backups of these plans, by id. */
  readonly planIds?: readonly string[] | undefined
  /** Only these paths inside backups and what is below them (`path-pattern.ts`). */
  readonly paths?: readonly string[] | undefined
  /** Only backups made from, and up to; inclusive. A date alone means the whole local day. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Bytes of contents a key is given in an hour where nobody chose. */
export const BYTES_PER_HOUR = 100 * 1024 * 1024

const DATE = /^\d{4}-\d{2}-\d{2}$/
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/

/** From when to when, in milliseconds since 1970; NaN where a text is no date and no time with its zone. */
export function spanOf({ from, to }: Pick<DataScope, 'from' | 'to'>): {
  readonly fromMs: number
  readonly toMs: number
} {
  return {
    fromMs: from === undefined ? Number.NEGATIVE_INFINITY : momentOf(from, '00:00:00.000'),
    toMs: to === undefined ? Number.POSITIVE_INFINITY : momentOf(to, '23:59:59.999'),
  }
}

function momentOf(text: string, timeOfDay: string): number {
  if (DATE.test(text)) {
    const ms = Date.parse(`${text}T${timeOfDay}`)
    // The 31st of a shorter month is no day, whatever a parser makes of it.
    return new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) ? ms : Number.NaN
  }
  return TIME.test(text) ? Date.parse(text) : Number.NaN
}

/** The first thing in a scope that makes no sense, whoever wrote it. */
export function scopeProblem(
  scope: DataScope,
): { readonly field: string; readonly value: string; readonly reason: string } | undefined {
  const wrong = scope.paths?.find((path) => !isSensiblePattern(path))
  if (wrong !== undefined) return { field: 'scope.paths', value: wrong, reason: 'scope-path' }
  const { fromMs, toMs } = spanOf(scope)
  if (Number.isNaN(fromMs)) return { field: 'scope.from', value: scope.from ?? '', reason: 'scope-date' }
  if (Number.isNaN(toMs)) return { field: 'scope.to', value: scope.to ?? '', reason: 'scope-date' }
  if (fromMs > toMs) return { field: 'scope.to', value: scope.to ?? '', reason: 'scope-reversed' }
  return undefined
}
