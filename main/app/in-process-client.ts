import type {
  Access,
  CallInput,
  CallName,
  CallOutput,
  EventData,
  EventName,
  ServerFrame,
  SliceName,
  SliceState,
  WireError,
} from '../contract/index.ts'
import { type ErrorCode, EverstowError } from '../engine/model/errors.ts'
import type { Caller } from './audit/trail.ts'
import type { ContractServer } from './server/contract-server.ts'

/** The contract as function calls, for hosts in the same process: command line, tray, REST. */
export interface InProcessClient {
  call<N extends CallName>(name: N, input: CallInput<N>, signal?: AbortSignal): Promise<CallOutput<N>>
  onEvent<N extends EventName>(name: N, listener: (data: EventData<N>) => void): () => void
  /** Calls back with the slice now and at every change. */
  onState<N extends SliceName>(name: N, listener: (state: SliceState<N>) => void): () => void
  close(): void
}

/** Connects to a server of this process; `caller` is who the audit log names. */
export function connectInProcess(server: ContractServer, access: Access, caller?: Caller): InProcessClient {
  const waiting = new Map<number, { resolve: (output: never) => void; reject: (error: Error) => void }>()
  const events = new Map<string, Set<(data: never) => void>>()
  const states = new Map<string, Set<(state: never) => void>>()
  const mirror = new Map<string, Record<string, unknown>>()
  let nextId = 0
  let synced = false

  const session = server.connect({ send: receive }, access, caller)

  function receive(frame: ServerFrame): void {
    switch (frame.t) {
      case 'reply':
        waiting.get(frame.id)?.resolve(frame.output as never)
        waiting.delete(frame.id)
        break
      case 'fail':
        waiting.get(frame.id)?.reject(errorOfWire(frame.error))
        waiting.delete(frame.id)
        break
      case 'event':
        for (const listener of events.get(frame.name) ?? []) listener(frame.data as never)
        break
      case 'snapshot':
        changed(frame.slice, frame.state)
        break
      case 'patch': {
        const state = { ...mirror.get(frame.slice), ...frame.set }
        for (const key of frame.remove) delete state[key]
        changed(frame.slice, state)
      }
    }
  }

  function changed(slice: string, state: Record<string, unknown>): void {
    mirror.set(slice, state)
    for (const listener of states.get(slice) ?? []) listener(state as never)
  }

  return {
    async call(name, input, signal) {
      const id = nextId++
      const answer = new Promise<never>((resolve, reject) => waiting.set(id, { resolve, reject }))
      session.receive({ t: 'call', id, name, input })
      const cancel = () => session.receive({ t: 'cancel', id })
      if (signal?.aborted) cancel()
      signal?.addEventListener('abort', cancel, { once: true })
      try {
        return await answer
      } finally {
        // One signal may be over thousands of calls.
        signal?.removeEventListener('abort', cancel)
      }
    },
    onEvent: (name, listener) => listen(events, name, listener),
    onState(name, listener) {
      const stop = listen(states, name, listener)
      if (!synced) {
        synced = true
        session.receive({ t: 'sync' })
      } else if (mirror.has(name)) listener(mirror.get(name) as never)
      return stop
    },
    close: () => session.close(),
  }
}

function listen(
  book: Map<string, Set<(value: never) => void>>,
  name: string,
  listener: (value: never) => void,
): () => void {
  const listeners = book.get(name) ?? new Set()
  book.set(name, listeners.add(listener))
  return () => listeners.delete(listener)
}

/** A wire error as one that can be thrown. */
export function errorOfWire(error: WireError): EverstowError {
  return new EverstowError(error.code as ErrorCode, { data: error.data, retry: error.retry })
}
