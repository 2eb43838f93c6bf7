import { type Lsn, parseLsn } from './lsn.ts'

/** A timeline that another one grew out of, and where it was left. */
export interface Ancestor {
  readonly timeline: number
  /** The first byte that is no longer of this timeline. */
  readonly endLsn: Lsn
}

const LINE = /^\s*(\d{1,10})\s+([0-9A-F]{1,8}\/[0-9A-F]{1,8})(?:\s|$)/i
/** Nobody fails over so often. */
const MOST_LINES = 100_000

/**
 * The ancestors that a `.history` file names, oldest first. Empty lines and comments are passed over. Undefined where a line is anything else, or
 * where timelines or places do not ascend: PostgreSQL would refuse it as well.
 */
export function parseHistory(text: string): readonly Ancestor[] | undefined {
  const ancestors: Ancestor[] = []
  for (const line of text.split('\n', MOST_LINES)) {
    if (/^\s*(#.*)?$/.test(line)) continue
    const parts = LINE.exec(line)
    const endLsn = parts && parseLsn(parts[2]!)
    const timeline = Number(parts?.[1])
    const last = ancestors.at(-1)
    if (endLsn === undefined || endLsn === null || timeline < 1 || timeline > 0xffffffff) return undefined
    if (last && (timeline <= last.timeline || endLsn < last.endLsn)) return undefined
    ancestors.push({ timeline, endLsn })
  }
  return ancestors
}
