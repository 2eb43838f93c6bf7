import { EverstowError } from '../model/errors.ts'
import { MOST_POINTS, type WalFacts } from '../repository/format/wal-object.ts'
import { lsnText } from '../sources/postgres/wal/lsn.ts'
import { readSegment, type SegmentFacts } from '../sources/postgres/wal/read-segment.ts'
import { parseHistory } from '../sources/postgres/wal/timeline-history.ts'
import {
  isSegmentSize,
  parseWalName,
  segmentNumber,
  segmentStart,
  type WalName,
} from '../sources/postgres/wal/wal-name.ts'

/** A file that PostgreSQL wants archived. */
export interface WalFile {
  readonly name: string
  readonly content: Uint8Array
  readonly closedMs: number
}

const LARGEST_SMALL_FILE_BYTES = 1024 * 1024

/**
 * What is kept of a file beside its content. Throws `wal-unfit` for a file that is not what its name says, `wal-foreign` for one of another cluster, and
 * `invalid-input` for a name that PostgreSQL does not give.
 */
export function walFactsOf({ name, content, closedMs }: WalFile, systemId: string | undefined): WalFacts {
  const parsed = parseWalName(name)
  if (!parsed) throw new EverstowError('invalid-input', { data: { field: 'path', value: name } })
  const base = { kind: parsed.kind, closedMs: Math.max(0, Math.round(closedMs)) }
  if (parsed.kind === 'history' || parsed.kind === 'label') {
    const isText = content.length > 0 && content.length <= LARGEST_SMALL_FILE_BYTES
    const isFit = isText && (parsed.kind === 'label' || parseHistory(Buffer.from(content).toString('utf8')))
    if (!isFit) throw unfit(name)
    return base
  }
  const number = isSegmentSize(content.length) ? segmentNumber(parsed, content.length) : undefined
  if (number === undefined) throw unfit(name)
  const facts = readSegment(content)
  // Of a version that nobody here knows: kept, though nothing can be said about it but when it was written.
  if (!facts) return base
  if (!isNamedRightly(facts, parsed, segmentStart(number, content.length))) throw unfit(name)
  if (systemId !== undefined && facts.systemId !== systemId)
    throw new EverstowError('wal-foreign', { data: { name } })
  return { ...base, ...readable(facts) }
}

function readable(facts: SegmentFacts): Partial<WalFacts> {
  const ends = facts.events.filter(({ kind }) => kind === 'end')
  const points = facts.events.flatMap((event) => (event.kind === 'restore-point' ? [event] : []))
  let [earliestUs, latestUs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { timeUs } of ends) {
    earliestUs = Math.min(earliestUs, timeUs)
    latestUs = Math.max(latestUs, timeUs)
  }
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return {
    systemId: facts.systemId,
    postgresMajor: facts.version,
    isWhole: facts.isWhole,
    ...(facts.lastLsn === undefined ? {} : { lastLsn: lsnText(facts.lastLsn) }),
    ...(ends.length > 0 ? { ends: { count: ends.length, earliestUs, latestUs } } : {}),
    ...(points.length > 0
      ? {
          points: points
            .slice(-MOST_POINTS)
            .map(({ name, lsn, timeUs }) => ({ name, lsn: lsnText(lsn), timeUs })),
        }
      : {}),
    ...(facts.tail ? { tail: text(facts.tail) } : {}),
    ...(facts.head ? { head: text(facts.head) } : {}),
  }
}

/** The first page of the segment in which a timeline began may still be its ancestor's. */
function isNamedRightly(
  { startLsn, timeline }: SegmentFacts,
  name: WalName & { readonly timeline: number },
  expectedLsn: bigint,
): boolean {
  return startLsn === expectedLsn && timeline <= name.timeline
}

const unfit = (name: string) => new EverstowError('wal-unfit', { data: { name } })
