import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type RequestOptions, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectInProcess } from '../../main/app/in-process-client.ts'
import type { ApiRole } from '../../main/contract/index.ts'
import { type ApiHost, type ApiOptions, startApi } from '../../main/hosts/headless/start-api.ts'

/** An answer as it came. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it says what it is.
  readonly json: any
}

/** A request whose parts are exactly what is given. */
export interface Ask {
  readonly method?: string
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** The API of an application with a place, a plan `papers` and a key of each role. */
export interface ApiGround {
  readonly base: string
  readonly home: string
  readonly host: ApiHost
  readonly keys: Readonly<Record<ApiRole, string>>
  newKey(name: string, role: ApiRole, expiresMs?: number): Promise<string>
  ask(path: string, ask?: Ask): Promise<Answer>
  /** Follows a job to its end. */
  ended(answer: Answer): Promise<Answer>
  close(): Promise<void>
}

/** Lays the ground; `close` takes all of it away. */
export async function layApiGround(options: Partial<ApiOptions> = {}): Promise<ApiGround> {
  const base = mkdtempSync(join(tmpdir(), 'everstow-api-'))
  const home = join(base, 'home')
  const papers = join(base, 'papers')
  mkdirSync(papers)
  for (const name of ['a', 'b', 'c']) writeFileSync(join(papers, `${name}.txt`), `${name}\n`.repeat(1_000))
  const host = await startApi({
    home,
    version: '0.0.0-test',
    locale: 'en',
    keychain: 'off',
    userHome: base,
    port: 0,
    ...options,
  })
  const { engine } = host.app.context
  const client = connectInProcess(host.app.server, 'admin')
  const place = await client.call('place.add', { name: 'disk', type: 'local', path: join(base, 'disk') })
  await client.call('plan.add', {
    name: 'papers',
    sources: [papers],
    placeIds: [place.id],
    format: 'snapshot',
    schedule: 'manual',
  })
  client.close()
  const newKey = async (name: string, role: ApiRole, expiresMs?: number): Promise<string> =>
    (
      await engine.apiKeys.add({ name, role, ...(expiresMs === undefined ? {} : { expiresMs }) })
    ).token.reveal()
  const keys = {
    'read-data': await newKey('agent', 'read-data'),
    read: await newKey('reader', 'read'),
    operate: await newKey('worker', 'operate'),
    admin: await newKey('boss', 'admin'),
  }
  const ground: ApiGround = {
    base,
    home,
    host,
    keys,
    newKey,
    ask: (path, ask = {}) => send({ host: '127.0.0.1', port: host.port, path }, ask),
    async ended(answer) {
      for (;;) {
        const job = await ground.ask(String(answer.headers.location), { key: keys.read })
        if (job.json.state !== 'running') return job
        await new Promise((resolve) => setTimeout(resolve, 30))
      }
    },
    async close() {
      await host.stop()
      rmSync(base, { recursive: true, force: true })
    },
  }
  return ground
}

/** Sends a request and reads the answer to its end. */
export function send(to: RequestOptions, { method = 'GET', key, headers = {}, body }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    const sent = request(
      {
        ...to,
        method,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
          ...headers,
        },
      },
      (response) => {
        let got = ''
        response.setEncoding('utf8').on('data', (part) => {
          got += part
        })
        response.on('end', () => {
          const isJson = String(response.headers['content-type']).includes('json')
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: got,
            json: isJson && got !== '' ? JSON.parse(got) : undefined,
          })
        })
      },
    )
    sent.on('error', reject)
    sent.end(text)
  })
}
