import type { RangeSource } from '../../archive/read/archive-source.ts'
import { gunzip } from '../../archive/read/gunzip.ts'
import { damagedArchive } from '../../archive/read/read-limits.ts'
import type { ByteRange } from '../../storage/object-store.ts'

/** Reads archives that can only be read from their start. */
export interface TarStream {
  /** Bytes of the tar; those that follow what was read last of the same archive come without beginning anew. */
  read(backupId: string, source: RangeSource, range: ByteRange): Promise<Buffer>
  close(): void
}

/** One reading under way. */
interface Reading {
  readonly backupId: string
  readonly tar: AsyncGenerator<Uint8Array>
  /** Where `held` starts in the tar. */
  position: number
  held: Uint8Array
}

/** Keeps the last reading open, because whoever reads a piece of a file reads the next. */
export function createTarStream(): TarStream {
  let kept: Reading | undefined

  return {
    async read(backupId, source, range) {
      const reading = takeKept(backupId, range) ?? {
        backupId,
        tar: gunzip(source.open()),
        position: 0,
        held: new Uint8Array(0),
      }
      try {
        const bytes = await readOn(reading, range)
        letGo()
        kept = reading
        return bytes
      } catch (error) {
        await reading.tar.return(undefined)
        throw error
      }
    },
    close: letGo,
  }

  /** Only one can go on with it; the next finds nothing and begins anew. */
  function takeKept(backupId: string, range: ByteRange): Reading | undefined {
    if (kept?.backupId !== backupId || kept.position > range.start) return undefined
    const taken = kept
    kept = undefined
    return taken
  }

  function letGo(): void {
    kept?.tar.return(undefined).catch(() => {})
    kept = undefined
  }
}

async function readOn(reading: Reading, { start, end }: ByteRange): Promise<Buffer> {
  const wanted: Uint8Array[] = []
  for (;;) {
    const { held, position } = reading
    const from = Math.min(Math.max(start - position, 0), held.length)
    const to = Math.min(Math.max(end - position, 0), held.length)
    if (to > from) wanted.push(held.slice(from, to))
    reading.held = held.subarray(to)
    reading.position = position + to
    if (reading.position === end) return Buffer.concat(wanted)
    // All that is held lies before what is wanted, or was taken.
    reading.position = position + held.length
    const step = await reading.tar.next()
    if (step.done) throw damagedArchive('range-truncated', reading.position)
    reading.held = step.value
  }
}
