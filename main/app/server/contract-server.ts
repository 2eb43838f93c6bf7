import {
  type Access,
  type CallName,
  type CallOutput,
  type CallParsed,
  ClientFrame,
  calls,
  type EventData,
  type EventName,
  type ServerFrame,
} from '../../contract/index.ts'
import { type DataGate, type Log, OPEN_GATE } from '../../engine/engine.ts'
import { asEverstowError, EverstowError } from '../../engine/model/errors.ts'
import type { Caller, DataClient, Trail } from '../audit/trail.ts'
import type { StateHub } from '../state/state-hub.ts'
import { wireErrorOf } from '../wire/wire-error.ts'

/** What a handler is told besides its input. */
export interface CallContext {
  /** Fires when the caller gives up or goes away. */
  readonly signal: AbortSignal
  readonly access: Access
  /** What of the data in backups the caller may see: a program only what its key admits. */
  readonly gate: DataGate
}

/** One handler a call; their types come from the contract. */
export type Handlers = {
  readonly [N in CallName]: (
    input: CallParsed<N>,
    context: CallContext,
  ) => Promise<CallOutput<N>> | CallOutput<N>
}

/** Who listens at the other end. A transport only moves frames. */
export interface Client {
  send(frame: ServerFrame): void
}

/** One client's side of the conversation. */
export interface ClientSession {
  /** Takes whatever arrived; what is no frame is ignored and logged. */
  receive(frame: unknown): void
  /** Cancels what this client waits for and stops sending. Runs that were started go on. */
  close(): void
}

/** Answers calls and sends state to any number of clients. */
export interface ContractServer {
  /** `caller`: who the audit log names; absent: the person whose process this is. */
  connect(client: Client, access: Access, caller?: Caller): ClientSession
  /** Sends an event to everyone. */
  emit<N extends EventName>(name: N, data: EventData<N>): void
}

const RANK: Readonly<Record<Access, number>> = { view: 0, operate: 1, admin: 2 }
/** More calls at once from one client are refused: nobody needs them, and a loop gone wild must not fill the memory. */
const MAX_CALLS_AT_ONCE = 200

/** Programs may not look into what is kept here of what others read. */
const NOT_FOR_CLIENTS: readonly string[] = ['data.cache', 'data.clearCache']

/** Serves the contract. `trail` writes down what changes something; `gateFor` says what a program may see, and without it none is let in. */
export function createContractServer(
  handlers: Handlers,
  hub: StateHub,
  log: Log,
  trail?: Trail,
  gateFor: (client: DataClient) => Promise<DataGate> = async () => {
    throw new EverstowError('data-off')
  },
): ContractServer {
  const clients = new Set<Client>()

  async function answer(
    name: string,
    input: unknown,
    context: Omit<CallContext, 'gate'>,
    caller: Caller | undefined,
  ): Promise<unknown> {
    if (!Object.hasOwn(calls, name))
      throw new EverstowError('not-supported', { data: { what: name.slice(0, 60) } })
    const known = name as CallName
    const client = caller?.client
    let parsed: unknown
    let gate = OPEN_GATE
    try {
      // Whoever reads data reads data, and does nothing else.
      if (client && (!name.startsWith('data.') || NOT_FOR_CLIENTS.includes(name)))
        throw new EverstowError('permission-denied', { data: { name } })
      if (client) gate = await gateFor(client)
      parsed = admit(known, input, context.access)
    } catch (error) {
      await trail?.refused(known, input, asEverstowError(error).code, caller)
      throw error
    }
    const handler = handlers[known] as (input: unknown, context: CallContext) => unknown
    const work = async () => handler(parsed, { ...context, gate })
    return trail ? trail.around(known, parsed, work, caller) : work()
  }

  /** The input as the call's schema has it, if the call may be made at all. */
  function admit(name: CallName, input: unknown, access: Access): unknown {
    const call = calls[name]
    if (RANK[access] < RANK[call.access]) throw new EverstowError('permission-denied', { data: { name } })
    const parsed = call.input.safeParse(input ?? {})
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      throw new EverstowError('invalid-input', {
        data: {
          field: issue?.path.join('.') || name,
          value: '',
          reason: issue?.message ?? '',
        },
      })
    }
    return parsed.data
  }

  return {
    connect(client, access, caller) {
      const running = new Map<number, AbortController>()
      let unsubscribe: (() => void) | undefined
      clients.add(client)

      async function call(id: number, name: string, input: unknown): Promise<void> {
        const controller = new AbortController()
        running.set(id, controller)
        try {
          const output = await answer(name, input, { signal: controller.signal, access }, caller)
          if (running.has(id)) client.send({ t: 'reply', id, output })
        } catch (error) {
          const wire = wireErrorOf(error)
          if (wire.code === 'internal') log.error('call failed unexpectedly', { call: name, error })
          else log.debug('call refused', { call: name, code: wire.code })
          if (running.has(id)) client.send({ t: 'fail', id, error: wire })
        } finally {
          running.delete(id)
        }
      }

      return {
        receive(raw) {
          const frame = ClientFrame.safeParse(raw)
          if (!frame.success) {
            log.warn('frame refused', { reason: frame.error.issues[0]?.message })
            return
          }
          const { data } = frame
          if (data.t === 'cancel') running.get(data.id)?.abort()
          else if (data.t === 'sync') {
            unsubscribe?.()
            unsubscribe = hub.subscribe((sent) => client.send(sent))
          } else if (running.has(data.id) || running.size >= MAX_CALLS_AT_ONCE) {
            client.send({
              t: 'fail',
              id: data.id,
              error: wireErrorOf(new EverstowError('throttled', { data: {} })),
            })
          } else void call(data.id, data.name, data.input)
        },
        close() {
          clients.delete(client)
          unsubscribe?.()
          for (const controller of running.values()) controller.abort()
          running.clear()
        },
      }
    },

    emit(name, data) {
      for (const client of clients) client.send({ t: 'event', name, data })
    },
  }
}
