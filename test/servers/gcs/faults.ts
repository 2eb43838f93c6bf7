import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * What goes wrong. `status`: an answer of that status, nothing done. `reset-before`: the connection dies before anything was done;
 * `reset-midway`: when half of the request's body has arrived; `reset-after`: when all was done, before the answer. `truncate`: the answer breaks off half-way. `flip`: one bit of the answer's
 * body is wrong. `stall`: half of the answer (nothing of one without a body), then silence. `slow`: the answer trickles. `latency`: all in good order, late.
 */
export type FaultKind =
  | 'status'
  | 'reset-before'
  | 'reset-midway'
  | 'reset-after'
  | 'truncate'
  | 'flip'
  | 'stall'
  | 'slow'
  | 'latency'

export interface Fault {
  readonly match?: { readonly method?: string; readonly key?: RegExp; readonly operation?: string }
  readonly kind: FaultKind
  /** `status`: 503 by default. */
  readonly status?: number
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfter?: number
  /** How often it strikes; for ever by default. */
  readonly times?: number
  /** Below 1, drawn from the seed. */
  readonly probability?: number
  /** `latency`: milliseconds; `slow`: bytes a second. */
  readonly amount?: number
}

/** The facts of a request that a fault is matched with. */
export interface FaultTarget {
  readonly method: string
  readonly key: string | undefined
  readonly operation: string
}

/** The faults to come; they strike in the order in which they were added, one a request. */
export interface Faults {
  add(fault: Fault): void
  clear(): void
  /** The fault that strikes this request, counted off. */
  strike(target: FaultTarget): Fault | undefined
}

export function createFaults(seed: number): Faults {
  const random = mulberry32(seed)
  let armed: { fault: Fault; left: number }[] = []
  return {
    add: (fault) => void armed.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
    clear: () => {
      armed = []
    },
    strike: (target) => {
      for (const entry of armed) {
        if (entry.left === 0 || !matches(entry.fault, target)) continue
        if ((entry.fault.probability ?? 1) < 1 && random() >= entry.fault.probability!) continue
        entry.left--
        return entry.fault
      }
      return undefined
    },
  }
}

function matches({ match }: Fault, target: FaultTarget): boolean {
  if (match?.method !== undefined && match.method !== target.method) return false
  if (match?.operation !== undefined && match.operation !== target.operation) return false
  return match?.key === undefined || (target.key !== undefined && match.key.test(target.key))
}

/** Sends an answer whose body lies in memory or comes from a stream, bent by the fault. */
export async function sendBent(
  request: IncomingMessage,
  response: ServerResponse,
  answer: {
    readonly status: number
    readonly headers: Record<string, string | number | string[]>
    readonly body: Buffer
  },
  fault: Fault | undefined,
): Promise<void> {
  const { status, headers } = answer
  const half = Math.floor(answer.body.length / 2)
  switch (fault?.kind) {
    case 'reset-after':
      request.socket.destroy()
      return
    case 'truncate':
      response.writeHead(status, headers)
      response.write(answer.body.subarray(0, half), () => request.socket.destroy())
      return
    case 'stall':
      if (answer.body.length === 0) return
      response.writeHead(status, headers)
      response.write(answer.body.subarray(0, half))
      return
    case 'flip': {
      const bent = Buffer.from(answer.body)
      if (bent.length > 0) bent[half] = bent[half]! ^ 1
      response.writeHead(status, headers).end(bent)
      return
    }
    case 'slow': {
      const bytesPerSecond = fault.amount ?? 1024
      const step = Math.max(1, Math.floor(bytesPerSecond / 20))
      response.writeHead(status, headers)
      for (let at = 0; at < answer.body.length && !response.destroyed; at += step) {
        response.write(answer.body.subarray(at, at + step))
        await sleep(50)
      }
      response.end()
      return
    }
    default:
      response.writeHead(status, headers).end(answer.body)
  }
}

/** A small seeded generator (Tommy Ettinger's mulberry32, public domain): uniform in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
