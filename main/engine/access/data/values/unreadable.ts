import { EverstowError } from '../../../model/errors.ts'
import type { DataKind } from '../kinds.ts'

/** Why content is not what it should be. The sentences are in `assets/locales`, under `errors.data-unreadable.reasons`. */
export type UnreadableReason = 'syntax' | 'depth' | 'encoding' | 'columns' | 'kind'

/** Content that cannot be read as what it should be; `line` where that is known. Whoever knows the path adds it. */
export function unreadable(kind: DataKind, reason: UnreadableReason, line?: number): EverstowError {
  return new EverstowError('data-unreadable', { data: { kind, reason, ...(line !== undefined && { line }) } })
}

/** More than may be held, or answered, at once. */
export function tooLarge(limitBytes: number, path?: string): EverstowError {
  return new EverstowError('data-too-large', { data: { limitBytes, ...(path !== undefined && { path }) } })
}
