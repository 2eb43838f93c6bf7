import type { Lsn } from './lsn.ts'
import type { Ancestor } from './timeline-history.ts'
import { segmentAt } from './wal-name.ts'

/** A timeline with all it grew out of, oldest first. */
export interface Lineage {
  readonly timeline: number
  readonly steps: readonly Step[]
}

interface Step {
  readonly timeline: number
  /** The first segment that has this timeline's name. */
  readonly firstNumber: number
  /** Where it was left for the next one. */
  readonly endLsn: Lsn | undefined
}

/** The lineage of a timeline. One whose history is not known counts as if it had grown out of nothing. */
export function lineageOf(
  timeline: number,
  histories: ReadonlyMap<number, readonly Ancestor[]>,
  segmentBytes: number,
): Lineage {
  const ancestors = histories.get(timeline) ?? []
  let firstNumber = 0
  const steps: Step[] = []
  for (const { timeline: ancestor, endLsn } of ancestors) {
    steps.push({ timeline: ancestor, firstNumber, endLsn })
    firstNumber = segmentAt(endLsn, segmentBytes)
  }
  steps.push({ timeline, firstNumber, endLsn: undefined })
  return { timeline, steps }
}

/**
 * The timeline in whose name a segment is wanted: the youngest that reaches it. The segment in which one timeline was left and the next began carries the
 * younger one's name and both contents.
 */
export function timelineOfSegment({ steps }: Lineage, number: number): number {
  return (steps.findLast((step) => step.firstNumber <= number) ?? steps[0]!).timeline
}

/** Whether what was at a place of a timeline is in the past of the lineage. */
export function isInPast({ steps }: Lineage, timeline: number, lsn: Lsn): boolean {
  const step = steps.find((each) => each.timeline === timeline)
  return step !== undefined && (step.endLsn === undefined || lsn <= step.endLsn)
}
