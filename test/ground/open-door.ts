import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A door that lets everybody in: what a host would be without a guard. */
export interface OpenDoor {
  readonly port: number
  close(): Promise<void>
}

/** What tells a server where a request comes from. */
const TELLING = ['origin', 'referer', 'sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest']
/** What tells a browser who may have an answer. */
const PROTECTING = [
  'content-security-policy',
  'x-frame-options',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'x-content-type-options',
]

/**
 * Stands before a guarded host and makes it an unguarded one: every request looks as if it came from the host's own page or from a program, with what opens (`asking`), forms
 * are as good as JSON, every answer may be had by any page. Attacks that fail at the host have to succeed here, or they prove nothing.
 */
export async function openDoor(
  to: number,
  asking: Readonly<Record<string, string>>,
  port = 0,
): Promise<OpenDoor> {
  const headersFor = (given: IncomingHttpHeaders): IncomingHttpHeaders => {
    const headers: IncomingHttpHeaders = { ...given, ...asking, host: `127.0.0.1:${to}` }
    for (const name of TELLING) delete headers[name]
    if (given['content-type'] !== undefined) headers['content-type'] = 'application/json'
    delete headers['content-length']
    return headers
  }
  const server = createServer(async (asked, answer) => {
    const origin = asked.headers.origin ?? '*'
    answer.setHeader('access-control-allow-origin', origin)
    answer.setHeader('access-control-allow-credentials', 'true')
    answer.setHeader('access-control-allow-headers', 'authorization, content-type, accept')
    answer.setHeader('access-control-allow-methods', 'GET, POST, DELETE')
    answer.setHeader('access-control-allow-private-network', 'true')
    if (asked.method === 'OPTIONS') return void answer.writeHead(204).end()
    const { method, url: path } = asked
    const passed = request(
      { port: to, host: '127.0.0.1', method, path, headers: headersFor(asked.headers) },
      (given) => {
        for (const [name, value] of Object.entries(given.headers))
          if (value !== undefined && !PROTECTING.includes(name)) answer.setHeader(name, value)
        answer.writeHead(given.statusCode ?? 500)
        given.pipe(answer)
      },
    )
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    passed.end(await jsonOf(asked))
  })
  server.on('upgrade', (asked, socket, head) => {
    const through = connect(to, '127.0.0.1', () => {
      const lines = Object.entries(headersFor(asked.headers)).map(([name, value]) => `${name}: ${value}`)
      through.write(`GET ${asked.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      through.write(head)
      socket.pipe(through).pipe(socket)
    })
    for (const [one, other] of [[socket, through] as const, [through, socket] as const])
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The body as it is, or what a form says as JSON. */
async function jsonOf(asked: IncomingMessage): Promise<Buffer | string> {
  const body = await buffer(asked)
  const type = asked.headers['content-type'] ?? ''
  if (!/urlencoded|form-data/.test(type)) return body
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  return JSON.stringify(Object.fromEntries(form))
}
