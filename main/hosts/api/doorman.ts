import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { ApiKey, Engine } from '../../engine/engine.ts'
import { RequestProblem } from './problem.ts'

/** What a request shows at the door. */
export interface Showing {
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
  readonly authorization: string | undefined
  readonly address: string
}

/** Lets in whoever has a key. */
export interface Doorman {
  /** Gives the key that opens, or refuses with a `RequestProblem`. */
  admit(showing: Showing): Promise<ApiKey>
  /** Whether a token still opens: for answers that never end. */
  isStillValid(authorization: string | undefined): Promise<boolean>
  listen(port: number): void
}

/** Attempts without a key that opens, from one address; then 429 until the minute is over. */
const FAILURES_A_MINUTE = 20
/** Requests of one key. */
const REQUESTS_A_MINUTE = 30_000
const MINUTE_MS = 60_000
/** Addresses that are remembered. */
const REMEMBERED = 10_000

/** `bind`: the address that is listened at; `certificate`: whose names are ours, too. */
export function createDoorman(engine: Engine, bind: string, certificate: string | undefined): Doorman {
  const known = certificate === undefined ? undefined : new X509Certificate(certificate)
  const failures = createCounter(engine, FAILURES_A_MINUTE)
  const requests = createCounter(engine, REQUESTS_A_MINUTE)
  let port = 0

  /** A page of another site whose name leads here (DNS rebinding) shows that name. */
  function isOurs(host: string | undefined): boolean {
    const [, name = '', given] = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/i.exec(host ?? '') ?? []
    const isPort = given === undefined ? port === (known ? 443 : 80) : Number(given) === port
    if (name === '' || !isPort) return false
    const bare = name.replace(/^\[|\]$/g, '').toLowerCase()
    if (['127.0.0.1', 'localhost', '::1', bind.toLowerCase()].includes(bare)) return true
    if (!known) return false
    return (isIP(bare) === 0 ? known.checkHost(bare) : known.checkIP(bare)) !== undefined
  }

  return {
    listen: (given) => {
      port = given
    },

    async admit({ host, origin, fetchSite, authorization, address }) {
      if (!isOurs(host)) throw new RequestProblem(421, 'host', 'This is not a name of this server.')
      // The API is for programs. A browser sends an origin with whatever a page asks.
      if (origin !== undefined || (fetchSite !== undefined && fetchSite !== 'none'))
        throw new RequestProblem(403, 'origin', 'Web pages may not use this API.')
      const key = await engine.apiKeys.check(tokenOf(authorization))
      if (!key) {
        if (!failures.take(address)) throw tooMany(failures.secondsLeft(address))
        throw new RequestProblem(
          401,
          'key-needed',
          'A valid API key is needed: Authorization: Bearer evs_…',
          {
            headers: { 'www-authenticate': 'Bearer realm="everstow"' },
          },
        )
      }
      if (!requests.take(key.id)) throw tooMany(requests.secondsLeft(key.id))
      return key
    },

    isStillValid: async (authorization) => (await engine.apiKeys.check(tokenOf(authorization))) !== undefined,
  }
}

/** The token of an `Authorization` header; empty where it has none. */
export function tokenOf(authorization: string | undefined): string {
  return /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization ?? '')?.[1] ?? ''
}

function tooMany(seconds: number): RequestProblem {
  return new RequestProblem(429, 'throttled', 'Too many requests; wait a little.', {
    headers: { 'retry-after': String(seconds) },
  })
}

/** So many a minute for each name. */
function createCounter({ env: { clock } }: Engine, most: number) {
  const windows = new Map<string, { readonly startMs: number; count: number }>()
  const windowOf = (name: string) => {
    const now = clock.monotonicMs()
    const open = windows.get(name)
    if (open && now - open.startMs < MINUTE_MS) return open
    if (windows.size >= REMEMBERED) windows.clear()
    const fresh = { startMs: now, count: 0 }
    windows.set(name, fresh)
    return fresh
  }
  return {
    take: (name: string): boolean => ++windowOf(name).count <= most,
    secondsLeft: (name: string): number =>
      Math.max(1, Math.ceil((windowOf(name).startMs + MINUTE_MS - clock.monotonicMs()) / 1_000)),
  }
}
