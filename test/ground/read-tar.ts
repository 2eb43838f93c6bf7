import type { ArchiveEntry } from '../../main/engine/archive/entry.ts'
import type { RefusedEntry } from '../../main/engine/archive/read/entry-path.ts'
import type { ReadLimits } from '../../main/engine/archive/read/read-limits.ts'
import { createTarParser } from '../../main/engine/archive/read/tar-parser.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'

/** One step through a tar: an entry with its content (empty for all but files), or what was refused. */
export type TarItem =
  | { readonly entry: ArchiveEntry; readonly content: AsyncIterable<Uint8Array> }
  | { readonly refused: RefusedEntry }

type TarEvent =
  | { readonly entry: ArchiveEntry }
  | { readonly refused: RefusedEntry }
  | { readonly bytes: Uint8Array }

/**
 * Reads a tar item by item. Content may be read, or left alone by asking for the next item, and must be read before that. The parser runs once a
 * chunk of input, so going through small files costs no waiting in between; loops that must be faster still use `createTarParser` itself.
 */
export async function* readTar(
  input: AsyncIterable<Uint8Array>,
  options: { readonly limits?: Partial<ReadLimits>; readonly signal?: AbortSignal } = {},
): AsyncGenerator<TarItem> {
  const chunks = input[Symbol.asyncIterator]()
  let events: TarEvent[] = []
  let next = 0
  let current: ArchiveEntry | undefined
  const parser = createTarParser(
    {
      entry: (entry) => {
        events.push({ entry })
        return true
      },
      content: (bytes) => events.push({ bytes }),
      endEntry() {},
      refused: (refused) => events.push({ refused }),
    },
    options.limits,
  )

  /** Looks at the next event, parsing more input where needed; undefined at the end. */
  async function peek(): Promise<TarEvent | undefined> {
    while (next === events.length) {
      events = []
      next = 0
      if (options.signal?.aborted) throw new EverstowError('cancelled')
      const step = await chunks.next()
      if (step.done) {
        parser.end()
        return undefined
      }
      parser.write(step.value)
    }
    return events[next]
  }

  async function* contentOf(entry: ArchiveEntry): AsyncGenerator<Uint8Array> {
    let left = entry.sizeBytes
    while (left > 0) {
      if (current !== entry) throw new EverstowError('internal', { message: 'content read after its item' })
      const event = await peek()
      if (!event || !('bytes' in event)) return
      next++
      left -= event.bytes.byteLength
      yield event.bytes
    }
  }

  try {
    for (let event = await peek(); event; event = await peek()) {
      next++
      if ('bytes' in event) continue
      current = 'entry' in event ? event.entry : undefined
      if ('entry' in event) yield { entry: event.entry, content: contentOf(event.entry) }
      else yield { refused: event.refused }
    }
  } finally {
    await chunks.return?.()
  }
}
