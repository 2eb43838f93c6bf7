import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectInProcess } from '../../main/app/in-process-client.ts'
import { uriOf } from '../../main/hosts/mcp/resources.ts'
import { type ApiGround, layApiGround } from './api-ground.ts'
import { parted, textOf } from './mcp-ground.ts'

let ground: ApiGround
const ACCEPT = { accept: 'application/json, text/event-stream' }
const HELLO = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '0' } },
}

beforeAll(async () => {
  ground = await layApiGround()
  const owner = connectInProcess(ground.host.app.server, 'admin')
  const { runId } = await owner.call('backup.start', { plan: 'papers' })
  expect(await owner.call('run.wait', { id: runId })).toMatchObject({ state: 'done' })
  owner.close()
})
afterAll(() => ground.close())

async function switchTo(serveData: boolean): Promise<void> {
  const owner = connectInProcess(ground.host.app.server, 'admin')
  await owner.call('settings.update', { serveData })
  owner.close()
}

async function connect(key: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '0' })
  const url = new URL(`http://127.0.0.1:${ground.host.port}/mcp`)
  const headers = { authorization: `Bearer ${key}` }
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }))
  return client
}

const begin = (key?: string, headers: Record<string, string> = {}, method = 'POST') =>
  ground.ask('/mcp', {
    method,
    ...(key !== undefined && { key }),
    headers: { ...ACCEPT, ...headers },
    ...(method === 'POST' && { body: HELLO }),
  })

test('the doorman stands in front: name, web pages, key, role, switch, size', async () => {
  const { keys } = ground
  expect(await begin(keys['read-data'])).toMatchObject({ status: 403, json: { code: 'data-off' } })
  await switchTo(true)
  expect(await begin(keys['read-data'], { host: 'evil.example' })).toMatchObject({ status: 421 })
  expect(await begin(keys['read-data'], { origin: 'https://evil.example' })).toMatchObject({ status: 403 })
  expect(await begin()).toMatchObject({ status: 401, json: { code: 'key-needed' } })
  expect(await begin('evs_00000000_nothing')).toMatchObject({ status: 401 })
  for (const key of [keys.read, keys.operate])
    expect(await begin(key)).toMatchObject({ status: 403, json: { code: 'permission-denied' } })
  expect(await begin(keys['read-data'], {}, 'PUT')).toMatchObject({
    status: 405,
    headers: { allow: 'GET, POST, DELETE' },
  })
  const huge = { ...HELLO, params: { text: 'x'.repeat(1_100_000) } }
  expect(
    await ground.ask('/mcp', { method: 'POST', key: keys['read-data'], headers: ACCEPT, body: huge }),
  ).toMatchObject({ status: 413 })
  const hello = await begin(keys['read-data'])
  expect(hello).toMatchObject({
    status: 200,
    headers: { 'x-content-type-options': 'nosniff', 'mcp-session-id': expect.any(String) },
  })
  expect(await begin(keys.admin)).toMatchObject({ status: 200 })
})

test('the official client reads a real backup, and the log says so', async () => {
  await switchTo(true)
  const client = await connect(ground.keys['read-data'])
  const { structuredContent: found } = await client.callTool({
    name: 'find_files',
    arguments: { name: 'a.txt' },
  })
  const [file] = (found as { files: { path: string; backup_id: string }[] }).files
  expect(file).toMatchObject({ path: expect.stringMatching(/papers\/a\.txt$/) })
  const path = String(file?.path)
  const slice = await client.callTool({ name: 'read_file', arguments: { path, offset: 2, max_bytes: 1_024 } })
  expect(parted(textOf(slice)).inside).toBe('a\n'.repeat(512))
  expect(slice.structuredContent).toMatchObject({ next_offset: 1_026, size_bytes: 2_000, untrusted: true })
  const [content] = (await client.readResource({ uri: uriOf(String(file?.backup_id), path) })).contents
  expect(parted((content as { text: string }).text).inside).toBe('a\n'.repeat(1_000))
  const away = await client.callTool({ name: 'read_file', arguments: { path: '../../etc/passwd' } })
  expect(away).toMatchObject({ isError: true })
  expect(textOf(away)).not.toContain(ground.base)
  await client.close()

  const owner = connectInProcess(ground.host.app.server, 'admin')
  const { entries } = await owner.call('audit.list', { limit: 50 })
  const reads = entries.filter(({ action, host }) => action === 'data.read' && host === 'mcp')
  expect(reads).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ outcome: 'done', targets: expect.objectContaining({ path }) }),
      expect.objectContaining({ outcome: 'failed' }),
    ]),
  )
  owner.close()
})

test('who is connected is shut out at once when the key is taken away or it is switched off', async () => {
  await switchTo(true)
  const key = await ground.newKey('short-lived', 'read-data')
  const [first, second] = [await connect(key), await connect(ground.keys['read-data'])]
  for (const client of [first, second])
    expect((await client.callTool({ name: 'backup_status', arguments: {} })).isError).toBeUndefined()
  await ground.host.app.context.engine.apiKeys.revoke('short-lived')
  await expect(first.callTool({ name: 'backup_status', arguments: {} })).rejects.toThrow()
  await switchTo(false)
  await expect(second.callTool({ name: 'backup_status', arguments: {} })).rejects.toThrow('data-off')
  await Promise.all([first.close(), second.close()])
})
