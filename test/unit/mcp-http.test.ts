import { createServer, type Server } from 'node:http'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterEach, describe, expect, test } from 'vitest'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { createAgentHttp } from '../../main/hosts/mcp/serve-http.ts'
import { send } from './api-ground.ts'
import { type AgentGround, keyOf, layAgentGround, SCRIPT, type Script, TOKEN } from './mcp-ground.ts'

const OTHER = 'evs_00000002_key'
const ends: (() => void)[] = []

afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** The protocol on a port, with nothing before it: who is let in there is tested with the API. */
async function serve(script: Script) {
  const ground = layAgentGround(script)
  ground.keys.set(OTHER, keyOf('00000002', 'other'))
  const agents = createAgentHttp(ground.app)
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
    try {
      const body = Buffer.concat(chunks).toString()
      const { method = '', headers } = request
      await (await agents.admit({ method, headers, body, token }))(response)
    } catch (error) {
      response.writeHead(403).end((error as EverstowError).code)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  ends.push(() => {
    agents.close()
    server.closeAllConnections()
    server.close()
  })
  const url = new URL(`http://127.0.0.1:${port}/mcp`)
  return { ground, agents, server, port, url }
}

async function connect(url: URL, token = TOKEN) {
  const transport = new StreamableHTTPClientTransport(url, {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  })
  const client = new Client({ name: 'test', version: '0' })
  await client.connect(transport)
  ends.push(() => void client.close())
  return { client, transport }
}

const ACCEPT = { accept: 'application/json, text/event-stream' }
const HELLO = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '0' } },
}
const search = (id: number) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'search', arguments: { text: 'a' } },
})

/** A search that lasts until whoever asked is gone. */
function endless(onEnd: () => void): Script {
  return {
    ...SCRIPT,
    'data.search': (_input, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          onEnd()
          reject(new EverstowError('cancelled'))
        })
      }),
  }
}

const seen = (ground: AgentGround, name: string) => ground.called.filter((call) => call.name === name).length

describe('over HTTP', () => {
  test('two clients at once are told everything, each in a session of its own', async () => {
    const { url, ground } = await serve(SCRIPT)
    const [one, two] = await Promise.all([connect(url), connect(url, OTHER)])
    expect(one.transport.sessionId).not.toBe(two.transport.sessionId)
    const rounds = Array.from({ length: 20 }, () =>
      [one, two].map(({ client }) => client.callTool({ name: 'backup_status', arguments: {} })),
    ).flat()
    for (const answer of await Promise.all(rounds))
      expect(answer.structuredContent).toMatchObject({ untrusted: true, backups: 7 })
    expect((await one.client.listTools()).tools.length).toBeGreaterThan(9)
    expect((await two.client.listResources()).resources.length).toBe(100)
    const { contents } = await one.client.readResource({ uri: 'everstow://backup/latest/home/a.json' })
    expect(contents[0]).toMatchObject({ _meta: { untrusted: true } })
    expect(ground.asked).toEqual(['mcp', 'mcp'])
  })

  test('progress comes while the work lasts', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { url, ground } = await serve({
      ...SCRIPT,
      'data.search': async () => {
        await promise
        return { hits: [], truncated: false }
      },
    })
    const { client } = await connect(url)
    const heard: number[] = []
    const answer = client.callTool({ name: 'search', arguments: { text: 'a' } }, undefined, {
      onprogress: ({ progress }) => heard.push(progress),
    })
    await expect.poll(() => seen(ground, 'data.search')).toBe(1)
    await ground.clock.advance(4_000)
    await expect.poll(() => heard).toEqual([2, 4])
    resolve()
    expect((await answer).isError).toBeUndefined()
  })

  test('whoever gives up ends the work, and can go on with others', async () => {
    const ended = Promise.withResolvers<void>()
    const { url, ground } = await serve(endless(ended.resolve))
    const { client } = await connect(url)
    const giveUp = new AbortController()
    const answer = client.callTool({ name: 'search', arguments: { text: 'a' } }, undefined, {
      signal: giveUp.signal,
    })
    await expect.poll(() => seen(ground, 'data.search')).toBe(1)
    giveUp.abort('enough')
    await expect(answer).rejects.toThrow('enough')
    await ended.promise
    expect((await client.callTool({ name: 'backup_status', arguments: {} })).isError).toBeUndefined()
  })

  test('the work for a client that disappears ends', async () => {
    const ended = Promise.withResolvers<void>()
    const { url, port, ground } = await serve(endless(ended.resolve))
    const hello = await send(
      { port, path: '/mcp' },
      { method: 'POST', key: TOKEN, headers: ACCEPT, body: HELLO },
    )
    const session = String(hello.headers['mcp-session-id'])
    const leave = new AbortController()
    const asked = fetch(url, {
      method: 'POST',
      headers: {
        ...ACCEPT,
        'content-type': 'application/json',
        authorization: `Bearer ${TOKEN}`,
        'mcp-session-id': session,
      },
      body: JSON.stringify(search(7)),
      signal: leave.signal,
    }).then((answer) => answer.text())
    const left = expect(asked).rejects.toThrow()
    await expect.poll(() => seen(ground, 'data.search')).toBe(1)
    leave.abort()
    await left
    await ended.promise
  })

  test.each([
    ['not JSON', 'hello', 400, -32_700],
    ['half of it', '{"jsonrpc": "2.0"', 400, -32_700],
    ['no message', { hello: 1 }, 400, -32_700],
    ['nothing', '', 400, -32_700],
    ['too many at once', Array.from({ length: 101 }, (_, id) => ({ ...search(id) })), 400, -32_600],
    ['two beginnings', [HELLO, { ...HELLO, id: 2 }], 400, -32_600],
    ['a question before the beginning', search(1), 400, -32_000],
  ])('%s is refused as the protocol says', async (_what, body, status, code) => {
    const { port, ground } = await serve(SCRIPT)
    const answer = await send(
      { port, path: '/mcp' },
      {
        method: 'POST',
        key: TOKEN,
        headers: { ...ACCEPT, 'content-type': 'application/json' },
        body,
      },
    )
    expect(answer).toMatchObject({ status, json: { jsonrpc: '2.0', error: { code }, id: null } })
    expect(ground.called).toEqual([])
  })

  test('what is asked for in a form that nobody gives is refused', async () => {
    const { port } = await serve(SCRIPT)
    const ask = (method: string, headers: Record<string, string>, body?: unknown) =>
      send({ port, path: '/mcp' }, { method, key: TOKEN, headers, body })
    expect(await ask('POST', { accept: 'application/json' }, HELLO)).toMatchObject({ status: 406 })
    expect(await ask('POST', { ...ACCEPT, 'content-type': 'text/plain' }, HELLO)).toMatchObject({
      status: 415,
    })
    expect(await ask('GET', { accept: 'text/html' })).toMatchObject({ status: 406 })
    expect(await ask('GET', { accept: 'text/event-stream' })).toMatchObject({ status: 400 })
    expect(await ask('DELETE', {})).toMatchObject({ status: 400 })
  })

  test('a session belongs to its key, and ends when it is asked to', async () => {
    const { port } = await serve(SCRIPT)
    const ask = (method: string, key: string, session: string, body?: unknown, more = {}) =>
      send(
        { port, path: '/mcp' },
        { method, key, headers: { ...ACCEPT, 'mcp-session-id': session, ...more }, body },
      )
    const hello = await send(
      { port, path: '/mcp' },
      { method: 'POST', key: TOKEN, headers: ACCEPT, body: HELLO },
    )
    expect(hello.headers['content-type']).toBe('text/event-stream')
    const session = String(hello.headers['mcp-session-id'])
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
    expect((await ask('POST', TOKEN, session, list)).text).toContain('list_backups')
    expect(await ask('POST', OTHER, session, list)).toMatchObject({ status: 404 })
    expect(await ask('DELETE', OTHER, session)).toMatchObject({ status: 404 })
    expect(await ask('POST', TOKEN, 'made-up', list)).toMatchObject({ status: 404 })
    expect(await ask('POST', TOKEN, session, list, { 'mcp-protocol-version': '1999-01-01' })).toMatchObject({
      status: 400,
    })
    expect((await ask('POST', TOKEN, session, list)).text).toContain('list_backups')
    expect(await ask('DELETE', TOKEN, session)).toMatchObject({ status: 200 })
    expect(await ask('POST', TOKEN, session, list)).toMatchObject({ status: 404 })
  })

  test('a client can listen; there is one stream for each session, and it ends with it', async () => {
    const { url } = await serve(SCRIPT)
    const { transport } = await connect(url)
    const headers = {
      accept: 'text/event-stream',
      authorization: `Bearer ${TOKEN}`,
      'mcp-session-id': String(transport.sessionId),
    }
    // The official client listens by itself.
    await expect.poll(async () => (await fetch(url, { headers })).status).toBe(409)
    await transport.terminateSession()
    expect((await fetch(url, { headers })).status).toBe(404)
  })

  test('so many sessions at most: the one that was used longest ago makes way', async () => {
    const { port } = await serve(SCRIPT)
    const begin = async () =>
      send({ port, path: '/mcp' }, { method: 'POST', key: TOKEN, headers: ACCEPT, body: HELLO })
    const sessions: string[] = []
    for (let count = 0; count < 17; count++) {
      const hello = await begin()
      expect(hello.status).toBe(200)
      sessions.push(String(hello.headers['mcp-session-id']))
    }
    const list = async (session: string | undefined) =>
      (
        await send(
          { port, path: '/mcp' },
          {
            method: 'POST',
            key: TOKEN,
            headers: { ...ACCEPT, 'mcp-session-id': session ?? '' },
            body: { jsonrpc: '2.0', id: 2, method: 'tools/list' },
          },
        )
      ).status
    expect(await list(sessions[0])).toBe(404)
    expect(await list(sessions[1])).toBe(200)
    expect(await list(sessions[16])).toBe(200)
  })

  test.each<[what: string, happen: (ground: AgentGround) => Promise<void>]>([
    ['was idle for half an hour', (ground) => ground.clock.advance(31 * 60_000)],
    [
      'belongs to a key that was taken away',
      async (ground) => {
        const key = ground.keys.get(TOKEN)
        ground.keys.delete(TOKEN)
        await ground.clock.advance(16_000)
        if (key) ground.keys.set(TOKEN, key)
      },
    ],
    [
      'was there when it was switched off',
      async (ground) => {
        ground.state.serveData = false
        await ground.clock.advance(16_000)
        ground.state.serveData = true
      },
    ],
  ])('a session that %s is over', async (_what, happen) => {
    const { port, ground } = await serve(SCRIPT)
    const hello = await send(
      { port, path: '/mcp' },
      { method: 'POST', key: TOKEN, headers: ACCEPT, body: HELLO },
    )
    const session = String(hello.headers['mcp-session-id'])
    await happen(ground)
    const answer = await send(
      { port, path: '/mcp' },
      { method: 'POST', key: TOKEN, headers: { ...ACCEPT, 'mcp-session-id': session }, body: search(2) },
    )
    expect(answer.status).toBe(404)
  })

  test('while it is off, and without a key that opens, nobody is let in', async () => {
    const { port, ground } = await serve(SCRIPT)
    const begin = (key: string) =>
      send({ port, path: '/mcp' }, { method: 'POST', key, headers: ACCEPT, body: HELLO })
    expect(await begin('evs_nobody')).toMatchObject({ status: 403, text: 'permission-denied' })
    ground.state.serveData = false
    expect(await begin(TOKEN)).toMatchObject({ status: 403, text: 'data-off' })
  })
})
