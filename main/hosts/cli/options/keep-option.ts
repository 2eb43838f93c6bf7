import { EverstowError } from '../../../engine/model/errors.ts'
import { formatKeep, parseKeep } from '../../../engine/model/keeping/retention.ts'
import { days } from './amounts.ts'

/** What `--keep` asks for: everything, a span of time, or the rules of snapshots. */
export type Keep =
  | { readonly kind: 'all' }
  | { readonly kind: 'span'; readonly days: number; readonly rule: string }
  | { readonly kind: 'rules'; readonly rule: string }

/** The rules of one place; undefined: what the plan says. */
export interface KeepAt {
  readonly place: string
  readonly rule: string | undefined
}

const SPAN = /^(\d{1,5})([dwmy]?)$/

/** `all`, a span (`30`, `30d`, `8w`, `6m`, `1y`), or rules (`last:7,daily:14,weekly:8,within:30d`). */
export function keepOption(text: string): Keep {
  const typed = text.trim().toLowerCase()
  if (typed === 'all') return { kind: 'all' }
  const span = SPAN.exec(typed)
  if (span) return { kind: 'span', days: days(typed), rule: `within:${span[1]}${span[2] || 'd'}` }
  return { kind: 'rules', rule: formatKeep(parseKeep(typed)) }
}

/** `PLACE=RULES`, and `PLACE=plan` for what the plan says; the option may come again for other places. */
export function keepAtOption(text: string, before: readonly KeepAt[] = []): KeepAt[] {
  const at = text.lastIndexOf('=')
  const place = text.slice(0, at).trim()
  const typed = text.slice(at + 1).trim()
  const rule = typed.toLowerCase() === 'plan' ? undefined : keepOption(typed)
  if (at < 1 || place === '' || rule?.kind === 'all')
    throw new EverstowError('invalid-input', { data: { field: 'keepAt', value: text, reason: 'place' } })
  return [...before, { place, rule: rule?.rule }]
}

/** Rules or a span that can be tried out; everything is nothing to try. */
export function rulesOption(text: string): string {
  const keep = keepOption(text)
  if (keep.kind === 'all')
    throw new EverstowError('invalid-input', { data: { field: 'keep', value: text, reason: 'form' } })
  return keep.rule
}
