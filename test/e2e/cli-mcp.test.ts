import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

const COMMAND = resolve(import.meta.dirname, '../../bin/everstow.mjs')
let world: CliWorld
let key = ''

beforeAll(async () => {
  world = await makeCliWorld()
  mkdirSync(world.path('papers'))
  writeFileSync(world.path('papers', 'prices.json'), '{"eur": 3}')
  writeFileSync(world.path('papers', 'raw.bin'), Buffer.from([0, 1, 2, 255]))
  for (const words of [
    ['place', 'add', 'disk', '--type', 'local', '--path', world.path('disk')],
    ['plan', 'add', 'papers', '--source', world.path('papers'), '--to', 'disk'],
    ['backup', 'papers'],
  ])
    expect(await world.run(...words)).toMatchObject({ status: 0 })
  key = (await world.run('api-key', 'add', 'agent', '--role', 'read-data', '--json')).json().key ?? ''
}, SLOW.timeout)
afterAll(() => world.remove())

const environment = (more: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: world.folder,
  LANG: 'C.UTF-8',
  EVERSTOW_HOME: world.home,
  EVERSTOW_KEYCHAIN: 'off',
  ...more,
})

async function connect(
  args: readonly string[] = [],
  more: Record<string, string> = { EVERSTOW_API_KEY: key },
) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [COMMAND, 'mcp', ...args],
    env: environment(more),
    cwd: world.folder,
    stderr: 'pipe',
  })
  const client = new Client({ name: 'test', version: '0' })
  await client.connect(transport)
  return { client, transport }
}

test(
  'nobody is served while it is off, without a key, or with one that does not read data; nothing stands on standard output',
  SLOW,
  async () => {
    const refused = await world.runWith({ EVERSTOW_API_KEY: key }, 'mcp')
    expect(refused).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringContaining('everstow api data on'),
    })
    expect(await world.run('api', 'data', 'on')).toMatchObject({ status: 0 })
    expect(await world.run('mcp')).toMatchObject({
      status: 2,
      out: '',
      err: expect.stringContaining('EVERSTOW_API_KEY'),
    })
    const { key: reader } = (await world.run('api-key', 'add', 'reader', '--role', 'read', '--json')).json()
    writeFileSync(world.path('empty'), '\n', { mode: 0o600 })
    for (const [given, args] of [
      [{ EVERSTOW_API_KEY: 'evs_nonsense' }, []],
      [{ EVERSTOW_API_KEY: String(reader) }, []],
      [{}, ['--key-file', world.path('nowhere')]],
      [{}, ['--key-file', world.path('empty')]],
    ] as const) {
      const said = await world.runWith(given, 'mcp', ...args)
      expect(said.status).not.toBe(0)
      expect(said).toMatchObject({ out: '', err: expect.stringMatching(/\S/) })
      expect(said.err).not.toMatch(/\.ts:|at async/)
    }
  },
)

describe('with the official client', () => {
  beforeAll(async () => {
    await world.run('api', 'data', 'on')
  }, SLOW.timeout)

  test(
    'two at once ask everything there is, with a key from the environment and from a file',
    SLOW,
    async () => {
      const keyFile = world.path('agent.key')
      writeFileSync(keyFile, `${key}\n`, { mode: 0o600 })
      const [one, two] = await Promise.all([connect(), connect(['--key-file', keyFile], {})])
      for (const { client } of [one, two]) {
        const { tools } = await client.listTools()
        expect(tools).toHaveLength(10)
        const path = 'papers/prices.json'
        const ask = async (name: string, given: Record<string, unknown>) => {
          const answer = await client.callTool({ name, arguments: given })
          expect(answer.isError, JSON.stringify(answer)).toBeUndefined()
          return answer.structuredContent as Record<string, never>
        }
        const [backup] = (await ask('list_backups', {})).backups as unknown as { id: string }[]
        expect(await ask('backup_status', {})).toMatchObject({ backups: 1, untrusted: true })
        expect(await ask('find_files', { kind: 'json' })).toMatchObject({ files: [{ path }] })
        expect(await ask('list_versions', { path })).toMatchObject({ versions: [{ backup_id: backup?.id }] })
        expect(await ask('search', { text: 'EUR', in: 'contents' })).toMatchObject({ hits: [{ path }] })
        expect(await ask('describe_data', {})).toMatchObject({ sources: [{ name: 'prices', path }] })
        expect(await ask('describe_data', { path: 'prices' })).toMatchObject({
          members: [{ pointer: '/eur' }],
        })
        expect(await ask('query_data', { path, select: '$.eur' })).toMatchObject({ matches: [{ value: 3 }] })
        expect(await ask('time_series', { path, select: '/eur' })).toMatchObject({ points: [{ value: 3 }] })
        expect(await ask('read_file', { path })).toMatchObject({ text: '{"eur": 3}' })
        expect(await ask('read_file', { path: 'papers/raw.bin' })).toMatchObject({
          kind: 'bytes',
          base64: 'AAEC/w==',
        })
        expect(await ask('diff_versions', { path, from: backup?.id })).toMatchObject({ equal: true })
        const { resources } = await client.listResources()
        expect(resources).toMatchObject([{ uri: `everstow://backup/${backup?.id}/${path}` }])
        expect((await client.readResource({ uri: resources[0]?.uri ?? '' })).contents).toHaveLength(1)
        await expect(client.callTool({ name: 'restore', arguments: {} })).rejects.toMatchObject({
          code: -32_602,
        })
      }
      await Promise.all([one.client.close(), two.client.close()])
    },
  )

  test('a key that is taken away opens nothing more in a session that is open', SLOW, async () => {
    const { key: second } = (
      await world.run('api-key', 'add', 'second', '--role', 'read-data', '--json')
    ).json()
    const { client } = await connect([], { EVERSTOW_API_KEY: String(second) })
    expect((await client.callTool({ name: 'backup_status', arguments: {} })).isError).toBeUndefined()
    expect(await world.run('api-key', 'revoke', 'second', '--yes')).toMatchObject({ status: 0 })
    expect(await client.callTool({ name: 'backup_status', arguments: {} })).toMatchObject({
      isError: true,
      _meta: { code: 'permission-denied' },
    })
    await client.close()
  })
})

test('it ends when its input does, and at SIGTERM, and has said nothing but messages', SLOW, async () => {
  await world.run('api', 'data', 'on')
  const hello = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '0' } },
  })
  for (const end of ['input', 'SIGTERM'] as const) {
    const child = spawn(process.execPath, [COMMAND, 'mcp'], {
      cwd: world.folder,
      env: environment({ EVERSTOW_API_KEY: key }),
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    const closed = once(child, 'close')
    child.stdin.write(`not a message\n${hello}\n`)
    await expect.poll(() => out.split('\n').length).toBe(3)
    if (end === 'input') child.stdin.end()
    else child.kill('SIGTERM')
    expect(await closed).toEqual([0, null])
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { id: null, error: { code: -32_700 } },
      { id: 1, result: { serverInfo: { name: 'everstow' } } },
    ])
  }
})

test('what a client wants to be told has the key only for whoever asks for it', SLOW, async () => {
  const plain = await world.runWith({ EVERSTOW_API_KEY: key }, 'mcp', 'config')
  expect(plain.json()).toEqual({
    command: process.execPath,
    args: [COMMAND, 'mcp', '--home', world.home],
    env: { EVERSTOW_API_KEY: 'evs_…', EVERSTOW_KEYCHAIN: 'off' },
  })
  const whole = await world.runWith(
    { EVERSTOW_API_KEY: key },
    'mcp',
    'config',
    '--client',
    'claude',
    '--with-key',
  )
  expect(whole.json()).toMatchObject({ mcpServers: { everstow: { env: { EVERSTOW_API_KEY: key } } } })
  expect((await world.run('mcp', 'config', '--with-key')).status).toBe(2)
  expect((await world.run('mcp', 'config', '--client', 'other')).status).toBe(2)
  const named = await world.run('mcp', 'config', '--key-file', 'agent.key')
  expect(named.json()).toMatchObject({
    args: [COMMAND, 'mcp', '--home', world.home, '--key-file', join(world.folder, 'agent.key')],
  })
})
