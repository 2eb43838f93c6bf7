import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { Trail } from '../../main/app/audit/trail.ts'
import { createContractServer, type Handlers } from '../../main/app/server/contract-server.ts'
import { createStateHub } from '../../main/app/state/state-hub.ts'
import { type CallInput, type CallName, type CallOutput, calls } from '../../main/contract/index.ts'
import type { ApiKey } from '../../main/engine/engine.ts'
import { createFakeClock, type FakeClock } from '../../main/engine/env/fake/fake-clock.ts'
import { createRecordingLog, type RecordingLog } from '../../main/engine/env/fake/recording-log.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { createAgentServer } from '../../main/hosts/mcp/agent-server.ts'
import { type AgentApp, admitted, type DataCall, openDoor } from '../../main/hosts/mcp/door.ts'

/** What stands behind the contract in a test. */
export type Script = {
  [N in DataCall]?: (input: CallInput<N>, signal: AbortSignal) => CallOutput<N> | Promise<CallOutput<N>>
}

/** An application whose data calls a test plays, and whose answers must be what the contract says. */
export interface AgentGround {
  readonly app: AgentApp
  readonly clock: FakeClock
  readonly log: RecordingLog
  /** What was called, with what, in order. */
  readonly called: { readonly name: string; readonly input: unknown }[]
  /** What was written down that no call tells. */
  readonly asked: string[]
  /** Why somebody was not let in. */
  readonly refused: string[]
  /** By token; take one out to revoke it. */
  readonly keys: Map<string, ApiKey>
  readonly state: { serveData: boolean }
  /** A client of the official kind, without a transport between. */
  connect(token?: string): Promise<Client>
}

export const TOKEN = 'evs_00000001_key'

export function layAgentGround(script: Script): AgentGround {
  const clock = createFakeClock()
  const log = createRecordingLog()
  const called: AgentGround['called'] = []
  const asked: string[] = []
  const refused: string[] = []
  const keys = new Map([[TOKEN, keyOf('00000001', 'agent')]])
  const state = { serveData: true }
  const handlers = Object.fromEntries(
    Object.entries(script).map(([name, play]) => [
      name,
      async (input: unknown, { signal }: { signal: AbortSignal }) => {
        called.push({ name, input })
        const answer = await (play as (...given: unknown[]) => unknown)(input, signal)
        return calls[name as CallName].output.parse(answer)
      },
    ]),
  )
  const trail = {
    around: async (_name: CallName, _input: unknown, work: () => Promise<unknown>) => work(),
    refused: async (_name: string, _input: unknown, code: string) => void refused.push(code),
    asked: async (action: string) => void asked.push(action),
  } as unknown as Trail
  const server = createContractServer(
    handlers as unknown as Handlers,
    createStateHub('test'),
    log,
    trail,
    async ({ keyId }) => {
      if (![...keys.values()].some(({ id }) => id === keyId))
        throw new EverstowError('permission-denied', { data: { name: 'data', reason: 'key-ended' } })
      return { admitsBackup: () => true, admitsFile: () => true, leadsOn: () => true, take: async () => {} }
    },
  )
  const app = {
    server,
    context: {
      version: '0.0.0-test',
      trail,
      settings: async () => state,
      engine: { apiKeys: { check: async (token: string) => keys.get(token) }, env: { clock, log } },
    },
  } as unknown as AgentApp
  return {
    app,
    clock,
    log,
    called,
    asked,
    refused,
    keys,
    state,
    async connect(token = TOKEN) {
      const door = await openDoor(app, await admitted(app, token))
      const [near, far] = InMemoryTransport.createLinkedPair()
      await createAgentServer(door, '0.0.0-test', clock).connect(far)
      const client = new Client({ name: 'test', version: '0' })
      await client.connect(near)
      return client
    },
  }
}

export function keyOf(id: string, name: string, role: ApiKey['role'] = 'read-data'): ApiKey {
  return { id, name, role, createdMs: 0 }
}

/** The text of an answer, all of it. */
export function textOf(answer: unknown): string {
  const { content } = answer as { content: { type: string; text: string }[] }
  return content.map(({ text }) => text).join('\n')
}

/** What stands between the marks of a text, and around them. */
export function parted(text: string): {
  readonly inside: string
  readonly outside: string
  readonly mark: string
} {
  const mark = /^<<<data ([0-9a-f]{32})>>>$/m.exec(text)?.[1] ?? ''
  const begin = `<<<data ${mark}>>>\n`
  const end = `\n<<<end of data ${mark}>>>`
  const from = text.indexOf(begin) + begin.length
  const to = text.lastIndexOf(end)
  return { mark, inside: text.slice(from, to), outside: text.slice(0, from) + text.slice(to) }
}

const AT = '2026-03-01T10:00:00.000Z'
export const READ = {
  backupId: '01backup',
  createdAt: AT,
  path: 'home/ada/prices.json',
  kind: 'json',
  sizeBytes: 1_000,
  modifiedAt: AT,
} as const

/** A backup as lists show it. */
export function backupOf(id: string): CallOutput<'data.backups'>['backups'][number] {
  return {
    id,
    createdAt: AT,
    plan: 'papers',
    format: 'snapshot',
    state: 'complete',
    files: 3,
    sizeBytes: 30,
    sources: ['/home/ada'],
  }
}

/** One answer of each kind. */
export const SCRIPT: Script = {
  'data.backups': ({ limit = 50, offset = 0 }) => ({
    backups: Array.from({ length: Math.min(limit, 7 - offset) }, (_, at) =>
      backupOf(`0${offset + at}backup`),
    ),
    total: 7,
  }),
  'data.sources': ({ backup = 'latest', limit = 500, offset = 0 }) => ({
    backupId: backup,
    createdAt: AT,
    sources: Array.from({ length: Math.max(0, Math.min(limit, 150 - offset)) }, (_, at) => ({
      name: `prices-${offset + at}`,
      path: `home/ada/prices ${offset + at}.json`,
      kind: 'json' as const,
      sizeBytes: 10,
      modifiedAt: AT,
    })),
    total: 150,
  }),
  'data.files': () => ({
    files: [
      {
        path: READ.path,
        kind: 'json',
        sizeBytes: 10,
        modifiedAt: AT,
        backupId: '01b',
        createdAt: AT,
        backups: 4,
      },
      {
        path: 'home/ada/a.txt',
        kind: 'text',
        sizeBytes: 1,
        modifiedAt: AT,
        backupId: '01b',
        createdAt: AT,
        backups: 1,
      },
    ],
    truncated: false,
  }),
  'data.outline': () => ({
    ...READ,
    node: { pointer: '', type: 'object', length: 1 },
    members: [{ pointer: '/eur', key: 'eur', type: 'number', preview: 3 }],
    truncated: false,
  }),
  'data.read': ({ as = 'json' }) =>
    as === 'bytes'
      ? { ...READ, kind: 'bytes', base64: 'AAE=' }
      : { ...READ, kind: 'text', text: '{"eur": 3}' },
  'data.query': () => ({
    backupId: '01backup',
    createdAt: AT,
    matches: [{ path: READ.path, pointer: '/eur', value: 3 }],
    truncated: false,
    unread: [{ path: 'home/ada/broken.json', code: 'data-unreadable' }],
  }),
  'data.series': () => ({
    points: [
      { backupId: '01b', createdAt: AT, state: 'found', value: 3, changed: true },
      { backupId: '02b', createdAt: AT, state: 'error', code: 'data-damaged', changed: false },
    ],
    truncated: false,
  }),
  'data.versions': () => ({
    versions: [{ backupId: '01b', createdAt: AT, sinceAt: AT, modifiedAt: AT, sizeBytes: 10, backups: 2 }],
    truncated: false,
  }),
  'data.diff': () => ({
    from: READ,
    to: { ...READ, backupId: '02backup' },
    kind: 'json',
    equal: false,
    added: 0,
    removed: 0,
    changed: 1,
    changes: [{ change: 'changed', path: '/eur', before: 3, after: 4 }],
    truncated: false,
  }),
  'data.search': () => ({
    hits: [{ path: READ.path, backupId: '01b', createdAt: AT, sizeBytes: 10, line: 2, excerpt: 'eur' }],
    truncated: false,
  }),
  'data.status': () => ({
    level: 'protected',
    backups: 7,
    newestAt: AT,
    oldestAt: AT,
    plans: [{ id: 'p1', name: 'papers', backups: 7, newestAt: AT }],
    budget: { bytesPerHour: 1_000, usedBytes: 10 },
  }),
}
