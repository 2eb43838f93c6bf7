import type { Readable } from 'node:stream'
import type { MessagePort, Worker } from '../../env/node/threads.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import type { ByteRange } from '../../storage/object-store.ts'
import { type ErrorFacts, errorOfFacts, factsOfError } from '../error-facts.ts'
import type { OpenArchive } from './restore-job.ts'

/** Asks for bytes, says which have been used, or that no more are wanted. */
export type PumpRequest =
  | { readonly type: 'open'; readonly stream: number; readonly range?: ByteRange }
  | { readonly type: 'used'; readonly stream: number; readonly bytes: number }
  | { readonly type: 'close'; readonly stream: number }

export type PumpAnswer =
  | { readonly type: 'bytes'; readonly stream: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'end'; readonly stream: number }
  | { readonly type: 'broken'; readonly stream: number; readonly error: ErrorFacts }

/** Bytes that may be on their way to the worker and not used yet. */
const WINDOW_BYTES = 4 * 1024 * 1024

/** The main thread's side: reads streams for a worker, never further ahead than the window. */
export function servePump(open: (range?: ByteRange) => Readable, worker: Pick<Worker, 'postMessage'>) {
  const streams = new Map<number, { readable: Readable; unused: number; wake: () => void }>()

  async function serve(id: number, range: ByteRange | undefined): Promise<void> {
    try {
      const readable = open(range)
      const stream = { readable, unused: 0, wake: () => {} }
      streams.set(id, stream)
      for await (const chunk of readable as AsyncIterable<Uint8Array>) {
        // A copy, to be handed over: the chunk may be a part of a buffer that others use.
        const bytes = Uint8Array.from(chunk)
        stream.unused += bytes.byteLength
        worker.postMessage({ type: 'bytes', stream: id, bytes } satisfies PumpAnswer, [bytes.buffer])
        while (stream.unused > WINDOW_BYTES && !readable.destroyed) {
          await new Promise<void>((resolve) => {
            stream.wake = resolve
          })
        }
      }
      worker.postMessage({ type: 'end', stream: id } satisfies PumpAnswer)
    } catch (error) {
      const facts = factsOfError(asEverstowError(error))
      worker.postMessage({ type: 'broken', stream: id, error: facts } satisfies PumpAnswer)
    } finally {
      streams.delete(id)
    }
  }

  return {
    handle(request: PumpRequest): void {
      const stream = streams.get(request.stream)
      if (request.type === 'open') {
        // `serve` answers every failure to the worker, an `open` that throws included.
        void serve(request.stream, request.range)
      } else if (stream && request.type === 'used') {
        stream.unused -= request.bytes
        stream.wake()
      } else if (stream) {
        stream.readable.destroy()
        stream.wake()
      }
    },
    /** Stops all reading. */
    close(): void {
      for (const stream of streams.values()) {
        stream.readable.destroy()
        stream.wake()
      }
    },
  }
}

/** The worker's side: opens streams that the main thread reads. */
export function pumpClient(port: Pick<MessagePort, 'postMessage'>, signal: AbortSignal) {
  const waiting = new Map<number, { answers: PumpAnswer[]; wake: () => void }>()
  let nextStream = 0
  signal.addEventListener('abort', () => {
    for (const stream of waiting.values()) stream.wake()
  })

  const open: OpenArchive = async function* (range) {
    const id = nextStream++
    const stream = { answers: [] as PumpAnswer[], wake: () => {} }
    waiting.set(id, stream)
    const ask = (request: PumpRequest) => port.postMessage(request)
    ask({ type: 'open', stream: id, ...(range && { range }) })
    try {
      for (;;) {
        if (signal.aborted) throw new EverstowError('cancelled')
        const answer = stream.answers.shift()
        if (!answer) {
          await new Promise<void>((resolve) => {
            stream.wake = resolve
          })
          continue
        }
        if (answer.type === 'end') return
        if (answer.type === 'broken') throw errorOfFacts(answer.error)
        yield answer.bytes
        ask({ type: 'used', stream: id, bytes: answer.bytes.byteLength })
      }
    } finally {
      waiting.delete(id)
      ask({ type: 'close', stream: id })
    }
  }

  return {
    open,
    handle(answer: PumpAnswer): void {
      const stream = waiting.get(answer.stream)
      stream?.answers.push(answer)
      stream?.wake()
    },
  }
}
