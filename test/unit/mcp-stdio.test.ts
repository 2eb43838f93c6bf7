import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { serveStdio } from '../../main/hosts/mcp/serve-stdio.ts'
import { type AgentGround, keyOf, layAgentGround, SCRIPT, TOKEN } from './mcp-ground.ts'

/** A client that writes whatever it likes, and what it hears. */
function speak(ground: AgentGround, token = TOKEN) {
  const input = new PassThrough()
  const output = new PassThrough()
  const stop = new AbortController()
  const heard: { id?: unknown; result?: unknown; error?: { code: number; message: string } }[] = []
  let rest = ''
  output.setEncoding('utf8').on('data', (text: string) => {
    rest += text
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    heard.push(...lines.map((line) => JSON.parse(line)))
  })
  const served = serveStdio(ground.app, { token, input, output, signal: stop.signal })
  const say = (...messages: unknown[]) =>
    input.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''))
  const answerTo = async (id: unknown) => {
    await expect.poll(() => heard.some((each) => each.id === id)).toBe(true)
    return heard.find((each) => each.id === id)
  }
  return { input, output, stop, heard, served, say, answerTo }
}

const HELLO = [
  {
    jsonrpc: '2.0',
    id: 'hello',
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '0' } },
  },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
]
const STATUS = (id: unknown) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'backup_status', arguments: {} },
})

describe('over standard input and output', () => {
  test('what is no message is answered as such, and the next one is understood', async () => {
    const client = speak(layAgentGround(SCRIPT))
    client.say(...HELLO)
    await client.answerTo('hello')
    const bad: [text: string | Buffer, code: number][] = [
      ['{"jsonrpc": "2.0", "id": 1, ', -32_700],
      ['hello', -32_700],
      [Buffer.from([0xff, 0xfe, 0x00, 0x80]), -32_700],
      ['{"id": 1}', -32_600],
      ['{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32_600],
      ['7', -32_600],
      ['null', -32_600],
      [JSON.stringify([STATUS(1), STATUS(2)]), -32_600],
      [`{"jsonrpc": "2.0", "id": 1, "method": "${'x'.repeat(5_000_000)}"}`, -32_600],
      [`${'['.repeat(100_000)}`, -32_700],
    ]
    for (const [text, code] of bad) {
      const before = client.heard.length
      client.input.write(text)
      client.input.write('\n')
      await expect.poll(() => client.heard.length).toBe(before + 1)
      expect(client.heard.at(-1)).toMatchObject({ id: null, error: { code } })
    }
    client.say(STATUS('after'))
    expect(await client.answerTo('after')).toMatchObject({ result: { structuredContent: { backups: 7 } } })
    client.input.end()
    await client.served
  })

  test('messages may come in any pieces', async () => {
    const client = speak(layAgentGround(SCRIPT))
    const text = Buffer.from(
      `\r\n${[...HELLO, STATUS('pieces')].map((each) => JSON.stringify(each)).join('\r\n')}\n\n`,
    )
    for (const byte of text) client.input.write(Buffer.from([byte]))
    expect(await client.answerTo('pieces')).toMatchObject({
      result: { structuredContent: { untrusted: true } },
    })
    client.input.end()
    await client.served
  })

  test('it ends when the other side has ended and has its answers, also that to a last line without an end', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const ground = layAgentGround({
      ...SCRIPT,
      'data.search': async () => {
        await promise
        return { hits: [], truncated: false }
      },
    })
    const client = speak(ground)
    client.say(...HELLO)
    client.input.end(
      JSON.stringify({ ...STATUS('last'), params: { name: 'search', arguments: { text: 'a' } } }),
    )
    await expect.poll(() => ground.called.length).toBe(1)
    resolve()
    await client.served
    expect(await client.answerTo('last')).toMatchObject({ result: { structuredContent: { hits: [] } } })
  })

  test.each([
    ['the process is told to end', (client: ReturnType<typeof speak>) => client.stop.abort()],
    [
      'nobody reads any more',
      (client: ReturnType<typeof speak>) => client.output.destroy(new Error('EPIPE')),
    ],
    [
      'the other side breaks off',
      (client: ReturnType<typeof speak>) => client.input.destroy(new Error('gone')),
    ],
  ])('work ends at once when %s', async (_what, leave) => {
    const ended = Promise.withResolvers<void>()
    const ground = layAgentGround({
      ...SCRIPT,
      'data.search': (_input, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended.resolve()
            reject(new EverstowError('cancelled'))
          })
        }),
    })
    const client = speak(ground)
    client.say(...HELLO, { ...STATUS(1), params: { name: 'search', arguments: { text: 'a' } } })
    await expect.poll(() => ground.called.length).toBe(1)
    leave(client)
    await client.served
    await ended.promise
  })

  test('a request that was called off is not waited for', async () => {
    const ground = layAgentGround({ ...SCRIPT, 'data.search': () => new Promise(() => {}) })
    const client = speak(ground)
    client.say(...HELLO, { ...STATUS(1), params: { name: 'search', arguments: { text: 'a' } } })
    await expect.poll(() => ground.called.length).toBe(1)
    client.say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })
    client.input.end()
    await client.served
    expect(client.heard.map(({ id }) => id)).toEqual(['hello'])
  })

  test.each([
    ['2024-11-05', '2024-11-05'],
    ['2025-03-26', '2025-03-26'],
    ['2025-06-18', '2025-06-18'],
    ['2025-11-25', '2025-11-25'],
    ['1999-01-01', '2025-11-25'],
  ])('whoever wants protocol %s is answered in %s', async (wanted, given) => {
    const client = speak(layAgentGround(SCRIPT))
    const [hello] = HELLO
    client.say({ ...hello, params: { ...hello?.params, protocolVersion: wanted } })
    expect(await client.answerTo('hello')).toMatchObject({
      result: {
        protocolVersion: given,
        capabilities: { tools: {}, resources: {}, completions: {} },
        serverInfo: { name: 'everstow' },
      },
    })
    client.input.end()
    await client.served
  })

  test('a method that is not there is named as such', async () => {
    const client = speak(layAgentGround(SCRIPT))
    client.say(...HELLO, { jsonrpc: '2.0', id: 1, method: 'prompts/list' })
    expect(await client.answerTo(1)).toMatchObject({ error: { code: -32_601 } })
    client.input.end()
    await client.served
  })

  test('nobody is let in, and nothing is said, where it is off, without a key that opens, or with one of another kind', async () => {
    const ground = layAgentGround(SCRIPT)
    ground.keys.set('evs_reader', keyOf('00000002', 'reader', 'read'))
    ground.keys.set('evs_worker', keyOf('00000003', 'worker', 'operate'))
    ground.keys.set('evs_boss', keyOf('00000004', 'boss', 'admin'))
    for (const token of ['evs_nobody', '', 'evs_reader', 'evs_worker']) {
      const client = speak(ground, token)
      await expect(client.served).rejects.toMatchObject({
        code: 'permission-denied',
        data: { reason: 'key-ended' },
      })
      expect(client.heard).toEqual([])
    }
    expect(ground.asked).toEqual([])
    expect(ground.refused).toEqual(Array(4).fill('permission-denied'))
    const boss = speak(ground, 'evs_boss')
    boss.say(...HELLO, STATUS(1))
    expect(await boss.answerTo(1)).toMatchObject({ result: { structuredContent: { backups: 7 } } })
    boss.input.end()
    await boss.served
    expect(ground.asked).toEqual(['mcp'])
    ground.state.serveData = false
    await expect(speak(ground).served).rejects.toMatchObject({ code: 'data-off' })
    expect(ground.refused.at(-1)).toBe('data-off')
  })
})
