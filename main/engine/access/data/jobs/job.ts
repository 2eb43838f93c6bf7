import type { DataKind } from '../kinds.ts'

/** Work on the content of one file, or of two, away from the thread that answers. Its result is JSON. */
export type DataJob =
  /** What a selector finds: `SelectResult`. */
  | { readonly op: 'select'; readonly kind: DataKind; readonly select: string }
  /** Each thing that a selector finds: `MatchesResult`. */
  | {
      readonly op: 'matches'
      readonly kind: DataKind
      readonly select: string
      readonly limit: number
      readonly maxBytes: number
    }
  /** One level of a value: `Outline`, or null where the pointer leads nowhere. */
  | {
      readonly op: 'outline'
      readonly kind: DataKind
      readonly pointer: string
      readonly limit: number
      readonly offset: number
    }
  /** Some records: `RecordsResult`. */
  | {
      readonly op: 'records'
      readonly kind: 'ndjson' | 'csv'
      readonly offset: number
      readonly length: number
      readonly maxBytes: number
    }
  /** How one became the other: `DiffResult`. */
  | {
      readonly op: 'diff'
      readonly kind: DataKind
      readonly pointer: string
      readonly limit: number
      readonly maxBytes: number
    }
  /** Lines with a text: `FoundLine[]`. */
  | { readonly op: 'find-text'; readonly text: string; readonly limit: number }

/** No answer holds more JSON than this. */
export const MOST_ANSWER_BYTES = 4 * 1024 * 1024
