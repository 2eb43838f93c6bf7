import { type BigIntStats, closeSync, fstatSync, openSync } from '../../../env/node/sync-files.ts'
import { type FsPath, systemCodeOf } from '../../../sources/files/fs-path.ts'
import type { Board } from '../board.ts'
import type { CounterRow } from '../counters.ts'
import { type ContentReader, OPEN_FLAGS, ReadFailure } from '../scan/content-reader.ts'
import type { Letters, Work } from './letters.ts'
import { type ReadSegment, readSegment, type SegmentStarts, segmentCount } from './segments.ts'
import type { Tickets } from './tickets.ts'

export interface SegmentSharingOptions {
  readonly board: Board
  readonly letters: Letters
  readonly tickets: Tickets
  readonly counters: CounterRow
}

/** Another file than the one that was meant has its name now. */
const REPLACED = 'ESTALE'

/** Reads large files segment by segment, together with workers that have nothing else to do. */
export class SegmentSharing {
  readonly #options: SegmentSharingOptions
  #reader: ContentReader | undefined
  /** Of the file of which this worker last read segments for another. */
  #answered: { readonly identity: string; readonly starts: SegmentStarts } | undefined

  constructor(options: SegmentSharingOptions) {
    this.#options = options
  }

  /** The reader of this worker, which calls `read` and is used by it. */
  setReader(reader: ContentReader): void {
    this.#reader = reader
  }

  /** Leaves the ids of the whole file in the reader; returns how many bytes it had. */
  read(file: number, path: FsPath, stats: BigIntStats): number {
    const { board, letters, tickets, counters } = this.#options
    const reader = this.#reader as ContentReader
    const count = segmentCount(Number(stats.size))
    const segments = new Array<ReadSegment | undefined>(count)
    const starts: SegmentStarts = new Map()
    let limit = count
    let waiting = 0
    let failedWith: string | undefined
    let next = 0
    /** Gives the last segments to whoever has nothing to do: also while one is being read, or the others would wait for its end. */
    const share = (): void => {
      while (limit - next > 1 && board.isAnyoneHungry) {
        const worker = board.claimHungry()
        if (worker < 0) break
        const segment = --limit
        waiting++
        const ticket = tickets.open((answer) => {
          waiting--
          if (answer.type !== 'segment-read') return
          segments[segment] = answer.segment
          failedWith ??= answer.systemCode
        })
        letters.send(worker, { type: 'segment', ticket, path, identity: identityOf(stats), segment, count })
      }
    }
    for (; next < limit; next++) {
      share()
      segments[next] = readSegment(reader, file, next, count, starts, share)
      tickets.receive(letters)
    }
    while (waiting > 0) {
      letters.wait()
      tickets.receive(letters)
    }
    if (failedWith !== undefined) throw new ReadFailure(failedWith)

    reader.clearIds()
    let end = 0
    for (const segment of segments) {
      if (!segment || segment.start !== end) {
        // Two workers saw different contents: the file is being written. One alone at least sees one after the other.
        for (const wasted of segments) counters.add('bytesRead', wasted ? wasted.start - wasted.end : 0)
        reader.clearIds()
        return reader.storeRange(file, 0, Number.POSITIVE_INFINITY)
      }
      reader.addIds(segment.chunkIds)
      end = segment.end
    }
    return end
  }

  /** Reads a segment for another worker. */
  answer(work: Extract<Work, { readonly type: 'segment' }>, from: number): void {
    const { path, identity, segment, count, ticket } = work
    let read: ReadSegment | undefined
    let systemCode: string | undefined
    try {
      const file = openSync(typeof path === 'string' ? path : Buffer.from(path), OPEN_FLAGS)
      try {
        if (identityOf(fstatSync(file, { bigint: true })) !== identity) throw new ReadFailure(REPLACED)
        // Should the file have changed since, the parts do not meet, and the owner reads it alone.
        if (this.#answered?.identity !== identity) this.#answered = { identity, starts: new Map() }
        read = readSegment(this.#reader as ContentReader, file, segment, count, this.#answered.starts)
      } finally {
        closeSync(file)
      }
    } catch (error) {
      if (error instanceof ReadFailure) systemCode = error.systemCode
      else if (error instanceof Error && 'syscall' in error) systemCode = systemCodeOf(error)
      else throw error
    }
    this.#options.letters.send(from, { type: 'segment-read', ticket, segment: read, systemCode })
  }
}

function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`
}
