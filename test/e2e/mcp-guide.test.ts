import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../main/app/create-app.ts'
import { connectInProcess } from '../../main/app/in-process-client.ts'
import { freePort, isOpen } from '../ground/port.ts'
import { type Said, SLOW } from './cli-run.ts'
import { type GuideWorld, makeGuideWorld, root } from './guide-world.ts'

const guide = readFileSync(join(root, 'docs/guide/ai-access.md'), 'utf8')
const BACKUPS = 12

let world: GuideWorld
/** Where somebody has the folders of this page. */
const path = (...names: string[]): string => world.homeOf('ada', ...names)

beforeAll(async () => {
  world = await makeGuideWorld()
  await makeBackups()
}, 2 * SLOW.timeout)
afterAll(() => world?.remove())

/** Backups of a plan `papers`, in which a price grows from 1 on. */
async function makeBackups(): Promise<void> {
  const papers = path('papers')
  mkdirSync(papers, { recursive: true })
  writeFileSync(join(papers, 'letter.txt'), 'Dear Ada,\n')
  const app = await createApp({
    home: path('.everstow-data'),
    host: 'library',
    hostCan: {},
    version: '0.0.0-test',
    platform: process.platform,
    locale: 'en',
    userHome: path(),
    keychain: 'off',
    logDestination: 'none',
    stays: false,
  })
  const { call, close } = connectInProcess(app.server, 'admin')
  const place = await call('place.add', { name: 'disk', type: 'local', path: path('disk') })
  const plan = await call('plan.add', {
    name: 'papers',
    sources: [papers],
    placeIds: [place.id],
    format: 'snapshot',
    schedule: 'manual',
  })
  for (let price = 1; price <= BACKUPS; price++) {
    writeFileSync(join(papers, 'prices.json'), JSON.stringify({ eur: price, usd: 7 }))
    const { runId } = await call('backup.start', { plan: plan.id })
    expect(await call('run.wait', { id: runId })).toMatchObject({ state: 'done' })
  }
  close()
  await app.stop()
}

/** What stands in the guide as commands, section by section, in order. */
function commandsOf(section: string): string[] {
  const [, text = ''] = guide.split(`\n## ${section}\n`)
  const [own = ''] = text.split('\n## ')
  return [...own.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'))
}

const run = (command: string, environment: Readonly<Record<string, string>> = {}): Promise<Said> =>
  world.on('ada', command, environment).said

test('what the guide says can be done as it is written, from the switch to the last key', SLOW, async () => {
  const [switchOn, makeKey] = commandsOf('Switch it on, and make a key')
  expect(await run(switchOn ?? '')).toMatchObject({ status: 0 })
  const made = await run(makeKey ?? '')
  expect(made).toMatchObject({ status: 0 })
  const key = /evs_[0-9a-f]{8}_[\w-]{43}/.exec(made.out)?.[0] ?? ''

  const keyFile = path('.config/everstow-agent.key')
  mkdirSync(path('.config'))
  writeFileSync(keyFile, `${key}\n`, { mode: 0o600 })
  const configs = []
  for (const command of commandsOf('Connect a client on this computer')) {
    const said = await run(command)
    expect(said).toMatchObject({ status: 0, err: '' })
    expect(said.out).not.toContain(key)
    configs.push(said.json())
  }
  const start = [join(root, 'bin/everstow.mjs'), 'mcp', '--home', path('.everstow-data')]
  expect(configs).toMatchObject([
    { command: process.execPath, args: start, env: { EVERSTOW_API_KEY: 'evs_…' } },
    {
      mcpServers: {
        everstow: { type: 'stdio', args: start, env: { EVERSTOW_API_KEY: '$' + '{EVERSTOW_API_KEY}' } },
      },
    },
    { mcpServers: { everstow: { args: [...start, '--key-file', keyFile] } } },
  ])

  const program = /```ts\n(.*?)```/s.exec(guide)?.[1] ?? ''
  const answer = /```text\n(.*?)```/s.exec(guide)?.[1]
  writeFileSync(path('how-it-developed.ts'), program)
  writeFileSync(path('package.json'), '{"type": "module"}')
  symlinkSync(join(root, 'node_modules'), path('node_modules'))
  const example = `'${process.execPath}' '${path('how-it-developed.ts')}' eur`
  expect(await run(example, { EVERSTOW_API_KEY: key })).toMatchObject({ status: 0, err: '', out: answer })

  await overHttp(key)

  const [log, list, revoke, switchOff] = commandsOf('See what it read, and take it back')
  const written = await run(log ?? '')
  expect(written.status).toBe(0)
  expect(written.out).toMatch(/agent/)
  expect(written.out).toContain('papers/prices.json')
  expect((await run(list ?? '')).out).toContain('agent')
  expect(await run(revoke ?? '')).toMatchObject({ status: 0 })
  const refused = await run(example, { EVERSTOW_API_KEY: key })
  expect(refused.status).not.toBe(0)
  expect(refused.out).toBe('')
  expect(refused.err).toContain('does not read data in backups')
  expect(await run(switchOff ?? '')).toMatchObject({ status: 0 })
})

/** The part about HTTP, at a port that is free here. */
async function overHttp(key: string): Promise<void> {
  const port = await freePort()
  const [switchOn = ''] = commandsOf('Connect over HTTP')
  const settings = JSON.parse(/```json\n(.*?)```/s.exec(guide)?.[1] ?? '').mcpServers.everstow
  expect(await run(switchOn.replace('7700', String(port)))).toMatchObject({ status: 0 })
  const daemon = world.on('ada', 'exec everstow daemon')
  try {
    await expect.poll(() => isOpen(port)).toBe(true)
    const authorization = settings.headers.Authorization.replace('$' + '{EVERSTOW_API_KEY}', key)
    const client = new Client({ name: 'test', version: '0' })
    await client.connect(
      new StreamableHTTPClientTransport(new URL(settings.url.replace('7700', String(port))), {
        requestInit: { headers: { authorization } },
      }),
    )
    const { tools } = await client.listTools()
    const [, table = ''] = guide.split('## What a model can do')
    expect(tools.map(({ name }) => name).filter((name) => !table.includes(`| \`${name}\` |`))).toEqual([])
    const { structuredContent } = await client.callTool({
      name: 'time_series',
      arguments: { path: 'papers/prices.json', select: '$.eur', limit: 3 },
    })
    expect(structuredContent).toMatchObject({
      points: [{ value: BACKUPS - 2 }, { value: BACKUPS - 1 }, { value: BACKUPS }],
    })
    await client.close()
  } finally {
    daemon.child.kill('SIGTERM')
  }
  expect((await daemon.said).status).toBe(0)
}
