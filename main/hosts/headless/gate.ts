import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { protect } from '../api/protect.ts'

/** Who may come in. */
export interface Gate {
  /** Runs before every request. Refuses foreign hosts and origins, then whoever shows neither session nor token. */
  check(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** The token of the link that opens a window, good for one use. */
  linkToken(): string
  listen(port: number): void
}

const COOKIE = 'everstow_session'
const HTML = 'text/html; charset=utf-8'

/**
 * Loopback is no protection by itself: any page in a browser can send requests to it (DNS rebinding, cross-site requests), and so can every program
 * of every user. So: the `Host` must be ours, an `Origin` must be ours too, and there must be a session (made by the one-time link) or the API token.
 */
export function createGate({
  apiToken,
  onLinkUsed,
}: {
  readonly apiToken: string
  readonly onLinkUsed: () => void
}): Gate {
  const sessions = new Set<string>()
  let linkToken = newToken()
  let hosts: readonly string[] = []

  const isSession = (cookie: string | undefined) =>
    cookie !== undefined && [...sessions].some((session) => sameToken(session, cookie))

  return {
    listen: (port) => {
      hosts = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]
    },
    linkToken: () => linkToken,

    async check(request, reply) {
      protect(reply)
      const { host, origin } = request.headers
      if (host === undefined || !hosts.includes(host)) return refuse(reply, 421, 'host')
      const ours = origin === undefined || hosts.some((each) => origin === `http://${each}`)
      if (!ours || isForeign(request.headers['sec-fetch-site'])) return refuse(reply, 403, 'origin')

      const url = new URL(request.url, 'http://localhost')
      const offered = url.searchParams.get('token')
      if (
        url.pathname === '/' &&
        request.method === 'GET' &&
        offered !== null &&
        sameToken(offered, linkToken)
      ) {
        const session = newToken()
        sessions.add(session)
        linkToken = newToken()
        onLinkUsed()
        void reply
          .header('set-cookie', `${COOKIE}=${session}; HttpOnly; SameSite=Strict; Path=/`)
          .redirect('/', 303)
        return
      }
      if (isSession(cookieOf(request.headers.cookie))) return
      // The token is for programs; the socket and the page are for browsers and want a session.
      const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
      if (bearer !== undefined && url.pathname.startsWith('/api/') && sameToken(bearer, apiToken)) return
      if (url.pathname === '/' && request.method === 'GET') {
        void reply.code(401).type(HTML).send(LOCKED)
        return
      }
      return refuse(reply, 401, 'session')
    },
  }
}

/** Whether a browser says that another page asks. One at another port of this computer is `same-site`, and brings our cookie: cookies know no ports. */
function isForeign(fetchSite: string | string[] | undefined): boolean {
  return fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none'
}

function refuse(reply: FastifyReply, status: number, reason: string): void {
  void reply.code(status).send({ success: false, error: { code: 'permission-denied', reason } })
}

function cookieOf(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [name, value] = part.trim().split('=')
    if (name === COOKIE) return value
  }
  return undefined
}

const newToken = () => randomBytes(32).toString('base64url')

/** Equal or not, in a time that does not tell how much of it was right. */
function sameToken(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/** What a browser without a session sees; there is no language setting to ask before somebody is in. */
const LOCKED = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Everstow</title>
<h1>Everstow</h1><p>This link was used, or it belongs to an earlier start. Open the newest link that <code>everstow serve</code> printed.</p>
<p lang="fr">Ce lien a déjà servi, ou date d’un lancement précédent. Ouvrez le dernier lien affiché par <code>everstow serve</code>.</p></html>`
