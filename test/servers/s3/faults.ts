/** What a client sees of a broken network or an overloaded service. */
export interface Fault {
  readonly match?: {
    readonly method?: string
    readonly key?: RegExp
    readonly operation?: string
  }
  /**
   * `status`: an error answer, nothing is done. `reset-before`: the connection is cut, nothing is done. `reset-midway`: it is cut
   * when half of the request's body is there, nothing is done. `reset-after`: all is done, then the connection is cut. `truncate`: the answer's body ends early. `flip`: one bit of the body changes on its way (up or down).
   * `stall`: silence, before the work or (with `afterBytes`) inside of the answer. `slow`: the answer's body trickles. `latency`: a pause first.
   */
  readonly kind:
    | 'status'
    | 'reset-before'
    | 'reset-midway'
    | 'reset-after'
    | 'truncate'
    | 'flip'
    | 'stall'
    | 'slow'
    | 'latency'
  readonly status?: number
  readonly code?: string
  /** Value of the `Retry-After` header. */
  readonly retryAfter?: string
  /** How often it strikes; for ever by default. */
  readonly times?: number
  /** Chance per matching request, from the server's seeded generator. Default 1. */
  readonly probability?: number
  /** latency: the pause. */
  readonly delayMs?: number
  /** slow: speed of the answer's body. */
  readonly bytesPerSecond?: number
  /** truncate, stall: bytes of the answer's body that still get through. */
  readonly afterBytes?: number
}

export interface Faults {
  /** Adds a fault; the answer counts its strikes and takes it away. */
  add(fault: Fault): { strikes(): number; remove(): void }
  clear(): void
}

/** The side of the server that asks what strikes a request. */
export interface FaultPlan extends Faults {
  strike(request: { method: string; key: string | undefined; operation: string }): Fault[]
}

/** A plan whose chances come from `seed`, so that a run can be repeated. */
export function createFaultPlan(seed: number): FaultPlan {
  const chance = seededChance(seed)
  const rules = new Set<{ readonly fault: Fault; strikes: number }>()
  return {
    add(fault) {
      const rule = { fault, strikes: 0 }
      rules.add(rule)
      return { strikes: () => rule.strikes, remove: () => void rules.delete(rule) }
    },
    clear: () => rules.clear(),
    strike(request) {
      const struck: Fault[] = []
      for (const rule of rules) {
        const { fault } = rule
        if (rule.strikes >= (fault.times ?? Number.POSITIVE_INFINITY)) continue
        if (!matches(fault, request)) continue
        if (fault.probability !== undefined && chance() >= fault.probability) continue
        rule.strikes++
        struck.push(fault)
      }
      return struck
    },
  }
}

function matches(
  { match = {} }: Fault,
  request: { method: string; key: string | undefined; operation: string },
): boolean {
  if (match.method !== undefined && match.method !== request.method) return false
  if (match.operation !== undefined && match.operation !== request.operation) return false
  return match.key === undefined || (request.key !== undefined && match.key.test(request.key))
}

/** Mulberry32: small, seeded, uniform in [0, 1). */
function seededChance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
