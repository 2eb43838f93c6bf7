import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived. */
export interface Heard {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** How the server answers from now on. */
export type Manner =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'hang' }
  | { readonly kind: 'cut' }

/** A running server. */
export interface HookServer {
  readonly url: string
  readonly heard: Heard[]
  answer(manner: Manner): void
  close(): Promise<void>
}

/** Starts a server that takes everything with 200 until it is told otherwise. */
export async function startHookServer(): Promise<HookServer> {
  const heard: Heard[] = []
  let manner: Manner = { kind: 'status', status: 200 }
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      heard.push({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(pieces).toString('utf8'),
      })
      if (manner.kind === 'status') response.writeHead(manner.status).end('x'.repeat(100_000))
      else if (manner.kind === 'redirect') response.writeHead(302, { location: manner.to }).end()
      else if (manner.kind === 'cut') request.socket.destroy()
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    answer: (next) => {
      manner = next
    },
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
