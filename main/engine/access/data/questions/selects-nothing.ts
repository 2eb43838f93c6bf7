import { EverstowError } from '../../../model/errors.ts'

/** Nothing is where a selector leads. */
export function selectsNothing(field: 'select' | 'pointer', value: string): EverstowError {
  return new EverstowError('invalid-input', { data: { field, value, reason: 'not-there' } })
}
