/** Where a row stands in a tree. */
export interface TreeLine {
  readonly id: string
  /** From 1. */
  readonly level: number
  /** Among those beside it, from 1. */
  readonly position: number
  readonly siblings: number
  /** Absent: nothing is in it. */
  readonly isOpen?: boolean | undefined
}
