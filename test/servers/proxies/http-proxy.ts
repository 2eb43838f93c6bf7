import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join, type ProxyLogin, type TestProxy } from './proxy.ts'

/** Starts a proxy of HTTP on loopback; with a login it answers 407 to everybody else. */
export async function startHttpProxy(login?: ProxyLogin): Promise<TestProxy> {
  const through: string[] = []
  const refused: string[] = []
  const expected =
    login && `Basic ${Buffer.from(`${login.user}:${login.password}`, 'utf8').toString('base64')}`
  const isKnown = ({ headers }: IncomingMessage): boolean =>
    expected === undefined || headers['proxy-authorization'] === expected

  const server = createServer((incoming, outgoing) => {
    if (!isKnown(incoming)) {
      refused.push('login')
      outgoing.writeHead(407, { 'proxy-authenticate': 'Basic realm="test"' }).end()
      return
    }
    // A proxy is asked with the whole address; a path alone means that somebody took it for the service.
    if (!URL.canParse(incoming.url ?? '')) {
      refused.push('form')
      outgoing.writeHead(400).end()
      return
    }
    const url = new URL(incoming.url ?? '')
    through.push(url.host)
    const { 'proxy-authorization': _own, 'proxy-connection': _hop, ...headers } = incoming.headers
    const to = { host: '127.0.0.1', port: url.port || 80, path: url.pathname + url.search }
    const onward = request({ ...to, method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('continue', () => outgoing.writeContinue())
    onward.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()))
    incoming.pipe(onward)
  })
  // A client that asks before it sends is answered by the service, not by the proxy.
  server.on('checkContinue', (incoming, outgoing) => server.emit('request', incoming, outgoing))
  server.on('connect', (incoming: IncomingMessage, client: Socket) => {
    const { host, port } = authorityOf(incoming.url ?? '')
    const refuse = (why: string, status: string): void => {
      refused.push(why)
      client.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`)
    }
    client.on('error', () => client.destroy())
    if (!isKnown(incoming)) return refuse('login', '407 Proxy Authentication Required')
    if (port === undefined) return refuse('form', '400 Bad Request')
    through.push(`${host}:${port}`)
    join(client, port, {
      opened: () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'),
      failed: () => refuse('unreachable', '502 Bad Gateway'),
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const { port } = server.address() as AddressInfo
  const name = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@` : ''
  return {
    url: `http://${name}127.0.0.1:${port}`,
    through,
    refused,
    async close() {
      // Tunnels are no business of the server any more; it would wait for them for ever.
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** `host:port`, or `[address]:port`; no port where it is anything else. */
function authorityOf(text: string): { host: string; port?: number } {
  const [, host = '', port = ''] = /^([\w.-]+|\[[\da-f:]+\]):(\d{1,5})$/i.exec(text) ?? []
  return host === '' ? { host } : { host, port: Number(port) }
}
