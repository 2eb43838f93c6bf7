import { afterEach, describe, expect, test } from 'vitest'
import { sendMail } from '../../main/app/alerts/send-mail.ts'
import { sendRequest } from '../../main/app/alerts/send-request.ts'
import type { Sending } from '../../main/app/alerts/sending.ts'
import { startHookServer } from '../servers/hooks/index.ts'
import { startHttpProxy } from '../servers/proxies/http-proxy.ts'
import type { TestProxy } from '../servers/proxies/proxy.ts'
import { startSocksProxy } from '../servers/proxies/socks-proxy.ts'
import { startMailServer } from '../servers/smtp/index.ts'

const LOGIN = { user: 'ada', password: 'p@ss: word' }
const PROXIES: Readonly<Record<string, () => Promise<TestProxy>>> = {
  http: () => startHttpProxy(),
  'http with a login': () => startHttpProxy(LOGIN),
  'socks 5': () => startSocksProxy(5),
  'socks 5 with a login': () => startSocksProxy(5, LOGIN),
}

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function opened<T extends { close(): Promise<unknown> }>(starting: Promise<T>): Promise<T> {
  const server = await starting
  endings.push(() => server.close())
  return server
}

/** What is sent, and the addresses that the way was asked for. */
function sendingThrough(proxy: string): { sending: Sending; asked: string[] } {
  const asked: string[] = []
  const sending: Sending = {
    ...{ id: 'd1', message: { kind: 'test' }, text: { title: 'A title', lines: ['a line'] } },
    ...{ createdMs: 0, nowMs: 0, computer: 'box', signal: new AbortController().signal },
    proxyOf: async (url) => {
      asked.push(url)
      return proxy
    },
  }
  return { sending, asked }
}

const mailTo = (port: number, security: 'tls' | 'starttls' | 'plain') =>
  ({
    ...({ id: 'alert_1', name: 'Ada', type: 'email', host: '127.0.0.1', port, security } as const),
    ...{ from: 'everstow@example.org', to: ['ada@example.org'], hasSecret: true },
  }) as const

describe.each(Object.keys(PROXIES))('messages through a proxy of %s', (kind) => {
  test('a webhook', async () => {
    const [proxy, hooks] = await Promise.all([opened(PROXIES[kind]!()), opened(startHookServer())])
    const { sending, asked } = sendingThrough(proxy.url)
    await sendRequest({ url: `${hooks.url}/in?a=b`, method: 'POST', body: '{"é":1}' }, sending)
    expect(hooks.heard).toMatchObject([{ method: 'POST', path: '/in?a=b', body: '{"é":1}' }])
    expect(proxy.through).toEqual([new URL(hooks.url).host])
    expect(asked).toEqual([`${hooks.url}/in?a=b`])
  })

  test.each(['plain', 'starttls', 'tls'] as const)('e-mail over %s', async (security) => {
    const server = await opened(
      startMailServer({ tls: security === 'tls', offersStartTls: security === 'starttls' }),
    )
    const proxy = await opened(PROXIES[kind]!())
    const { sending, asked } = sendingThrough(proxy.url)
    await sendMail(mailTo(server.port, security), {}, sending, { ca: server.ca })
    expect(server.mails).toMatchObject([{ to: ['ada@example.org'], isEncrypted: security !== 'plain' }])
    expect(proxy.through).toEqual([`127.0.0.1:${server.port}`])
    expect(asked).toEqual([`${security === 'tls' ? 'smtps' : 'smtp'}://127.0.0.1:${server.port}/`])
  })
})

test.each(['http with a login', 'socks 5 with a login'])(
  'a proxy of %s that does not take the login: tried again later, and the login is said nowhere',
  async (kind) => {
    const [proxy, hooks, server] = await Promise.all([
      opened(PROXIES[kind]!()),
      opened(startHookServer()),
      opened(startMailServer()),
    ])
    const { sending } = sendingThrough(proxy.url.replace('ada:', 'eve:'))
    const caught = (error: unknown): unknown => error
    const errors = await Promise.all([
      sendRequest({ url: hooks.url, method: 'GET' }, sending).catch(caught),
      sendMail(mailTo(server.port, 'plain'), {}, sending).catch(caught),
    ])
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'alert-refused' })
      expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toMatch(/p%40ss|p@ss/)
    }
    expect(hooks.heard).toEqual([])
    expect(server.mails).toEqual([])
    expect(proxy.refused.length).toBeGreaterThan(0)
  },
)
