import type { MessagePort } from '../../env/node/threads.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import type { PackTable } from '../../repository/index/pack-table.ts'
import type { BlockFetcher } from '../../repository/read/block-fetcher.ts'
import {
  folderRangeReader,
  type PackSource,
  type RangeReader,
  STORE_DEPTH,
  storeRangeReader,
} from '../../repository/read/range-reader.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { type ErrorFacts, errorOfFacts, factsOfError } from '../error-facts.ts'

/** What a thread asks of the one that has the stores. */
export type Question =
  | {
      readonly type: 'read'
      readonly id: number
      readonly pack: number
      readonly start: number
      readonly end: number
    }
  | { readonly type: 'rescue'; readonly id: number; readonly chunk: Uint8Array; readonly error: ErrorFacts }

export type Answer =
  | { readonly type: 'bytes'; readonly id: number; readonly bytes: Uint8Array | undefined }
  | { readonly type: 'broken'; readonly id: number; readonly error: ErrorFacts }

/** The asking side. */
export interface MainThread {
  reader(source: PackSource, packs: PackTable): RangeReader
  /** A chunk that this destination does not have good, from any other; undefined when none has it. */
  rescue(chunk: Uint8Array, error: EverstowError): Promise<Uint8Array | undefined>
  /** The same as a source of its own. */
  readonly others: BlockFetcher
  handle(answer: Answer): void
}

/** Asks through a port. */
export function askMain(port: Pick<MessagePort, 'postMessage'>): MainThread {
  const waiting = new Map<number, PromiseWithResolvers<Uint8Array | undefined>>()
  let nextId = 0

  function ask(question: (id: number) => Question): Promise<Uint8Array | undefined> {
    const id = nextId++
    const answer = Promise.withResolvers<Uint8Array | undefined>()
    waiting.set(id, answer)
    port.postMessage(question(id))
    return answer.promise
  }

  const rescue: MainThread['rescue'] = (chunk, error) =>
    ask((id) => ({ type: 'rescue', id, chunk, error: factsOfError(error) }))

  async function fromOthers(id: Uint8Array): Promise<Uint8Array> {
    const error = new EverstowError('chunk-missing', { data: { chunk: Buffer.from(id).toString('hex') } })
    const bytes = await rescue(id.slice(), error)
    if (!bytes) throw error
    return bytes
  }

  return {
    reader(source, packs) {
      if (source.kind === 'folder') return folderRangeReader(source.folder, packs)
      return {
        // Several threads share what one store may be asked at a time.
        depth: STORE_DEPTH / 2,
        read: async (pack, start, end) => {
          const bytes = await ask((id) => ({ type: 'read', id, pack, start, end }))
          return bytes ?? new Uint8Array(0)
        },
        close() {},
      }
    },
    rescue,
    others: {
      chunk: fromOthers,
      know: async () => {},
      tree: fromOthers,
      async *chunks(ids) {
        for (let at = 0; at < ids.length; at += 32) yield await fromOthers(ids.subarray(at, at + 32))
      },
      close() {},
    },
    handle(answer) {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (answer.type === 'bytes') asked?.resolve(answer.bytes)
      else asked?.reject(errorOfFacts(answer.error))
    },
  }
}

export interface ServeOptions {
  readonly store: ObjectStore
  readonly packs: PackTable
  readonly signal: AbortSignal
  rescue(chunk: Uint8Array, error: EverstowError): Promise<Uint8Array | undefined>
}

/** The answering side. */
export function createAnswerer({ store, packs, signal, rescue }: ServeOptions) {
  const reader = storeRangeReader(store, packs, signal)
  return async (
    question: Question,
    answer: (answer: Answer, transfer: ArrayBuffer[]) => void,
  ): Promise<void> => {
    const { id } = question
    try {
      const bytes =
        question.type === 'read'
          ? await reader.read(question.pack, question.start, question.end)
          : await rescue(question.chunk, errorOfFacts(question.error))
      // Bytes of a store are ours alone and move; a rescued chunk is a part of something bigger and is copied.
      const moves = question.type === 'read' && bytes ? [bytes.buffer as ArrayBuffer] : []
      answer({ type: 'bytes', id, bytes }, moves)
    } catch (error) {
      answer({ type: 'broken', id, error: factsOfError(asEverstowError(error)) }, [])
    }
  }
}
