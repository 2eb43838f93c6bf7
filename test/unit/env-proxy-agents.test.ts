import { createServer as createTlsServer, request } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { createNodeNet } from '../../main/engine/env/node/node-net.ts'
import { createProxyAgents, openThroughSocks } from '../../main/engine/env/node/proxy-agents.ts'
import { fromSystemError } from '../../main/engine/model/errors.ts'
import { certificate } from '../servers/certificate.ts'
import { startHttpProxy } from '../servers/proxies/http-proxy.ts'
import type { TestProxy } from '../servers/proxies/proxy.ts'
import { startSocksProxy } from '../servers/proxies/socks-proxy.ts'

const PROXIES = { http: () => startHttpProxy(), 'socks 5': () => startSocksProxy(5) } as const

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function open(start: () => Promise<TestProxy>): Promise<TestProxy> {
  const proxy = await start()
  endings.push(() => proxy.close())
  return proxy
}

describe('a line through a SOCKS proxy', () => {
  test('the fifth version is given names, the fourth addresses', async () => {
    const server = createServer((socket) => socket.end('here'))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    endings.push(() => new Promise((closed) => server.close(closed)))
    const { port } = server.address() as AddressInfo
    const [five, four] = [await open(() => startSocksProxy(5)), await open(() => startSocksProxy(4))]
    for (const [proxy, host] of [
      [five, 'no-such-host.invalid'],
      [four, 'localhost'],
    ] as const) {
      const line = await openThroughSocks(proxy.url, { host, port })
      expect(await text(line)).toBe('here')
    }
    expect(five.through).toEqual([`no-such-host.invalid:${port}`])
    expect(four.through).toEqual([`127.0.0.1:${port}`])
  })

  test('what keeps it from standing is an error of the network', async () => {
    const proxy = await open(() => startSocksProxy(5))
    const fails = (url: string) =>
      openThroughSocks(url, { host: 'a.invalid', port: 1 }).then(undefined, (error: unknown) =>
        fromSystemError(error),
      )
    expect(await fails(proxy.url)).toMatchObject({ code: 'network-unreachable' })
    expect(await fails('socks5://127.0.0.1:1')).toMatchObject({ code: 'network-unreachable' })
  })

  test('a certificate that nobody vouches for is refused through it, too', async () => {
    const { key, cert } = certificate()
    const server = createTlsServer({ key, cert }, (_request, response) => response.end('secret'))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    endings.push(() => new Promise((closed) => server.close(closed)))
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
    for (const kind of ['http', 'socks 5'] as const) {
      const proxy = await open(PROXIES[kind])
      const agents = createProxyAgents(async () => proxy.url)
      const ask = async (ca?: string): Promise<unknown> => {
        const agent = await agents.agentTo(url)
        return new Promise((resolve) => {
          const asked = request(url, { agent, ...(ca && { ca }) }, (answer) => resolve(text(answer)))
          asked.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
          asked.end()
        })
      }
      expect(await ask(), kind).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
      expect(await ask(cert), kind).toBe('secret')
      expect(proxy.through.length, kind).toBe(2)
      agents.close()
    }
  })
})

test('whether a place can be reached is asked of the proxy in front of it', async () => {
  const proxy = await open(() => startSocksProxy(5))
  const unreachable = 'https://no-such-host.invalid/'
  expect(await createNodeNet(async () => proxy.url).isReachable(unreachable, 5_000)).toBe(true)
  const http = proxy.url.replace('socks5', 'http')
  expect(await createNodeNet(async () => 'http://127.0.0.1:1').isReachable(http, 5_000)).toBe(false)
  expect(await createNodeNet().isReachable(http, 5_000)).toBe(true)
})
