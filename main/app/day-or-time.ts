import { EverstowError } from '../engine/model/errors.ts'

const DATE = /^\d{4}-\d{2}-\d{2}$/

/** Milliseconds since 1970 of a time, or of the beginning of a local day. */
export function startOf(text: string, field: string): number {
  return timeOf(text, field, '00:00:00.000')
}

/** Milliseconds since 1970 of a time, or of the last moment of a local day. */
export function endOf(text: string, field: string): number {
  return timeOf(text, field, '23:59:59.999')
}

function timeOf(text: string, field: string, timeOfDay: string): number {
  const ms = Date.parse(DATE.test(text) ? `${text}T${timeOfDay}` : text)
  if (Number.isNaN(ms)) throw new EverstowError('invalid-input', { data: { field, value: text } })
  return ms
}
