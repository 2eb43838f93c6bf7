import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { azureConfigOf, createAzureStore } from '../../main/engine/storage/azure/index.ts'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import { createGcsStore, gcsConfigOf } from '../../main/engine/storage/gcs/index.ts'
import type { ObjectStore } from '../../main/engine/storage/object-store.ts'
import { createS3Store, s3ConfigOf } from '../../main/engine/storage/s3/index.ts'
import { startAzurite } from '../servers/azurite/index.ts'
import { startGcsServer } from '../servers/gcs/index.ts'
import { startHttpProxy } from '../servers/proxies/http-proxy.ts'
import type { TestProxy } from '../servers/proxies/proxy.ts'
import { startSocksProxy } from '../servers/proxies/socks-proxy.ts'
import { TEST_BUCKET } from '../servers/s3/options.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { testKeys } from './storage-s3-bench.ts'

const LOGIN = { user: 'ada', password: 'p@ss: wörd' }

/** Each kind of proxy, with and without a login. */
const PROXIES: Readonly<Record<string, () => Promise<TestProxy>>> = {
  http: () => startHttpProxy(),
  'http with a login': () => startHttpProxy(LOGIN),
  'socks 5': () => startSocksProxy(5),
  'socks 5 with a login': () => startSocksProxy(5, LOGIN),
  'socks 4': () => startSocksProxy(4),
}

const endings: (() => unknown)[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const end of endings.splice(0).reverse()) await end()
})

/** The services, each started once: what a proxy does to a request has nothing to do with how old they are. */
let s3: Awaited<ReturnType<typeof startS3Server>>
let gcs: Awaited<ReturnType<typeof startGcsServer>>
let azurite: Awaited<ReturnType<typeof startAzurite>>
beforeAll(async () => {
  const servers = await Promise.all([startS3Server({}), startGcsServer(), startAzurite()])
  ;[s3, gcs, azurite] = servers
  gcs.createBucket('bucket')
  await azurite.createContainer('container')
})
afterAll(() => Promise.all([s3?.close(), gcs?.close(), azurite?.stop()]))

const env = (proxy: string, asked: string[] = []) => ({
  clock: nodeClock,
  random: nodeRandom,
  log: silentLog,
  net: {
    proxyOf: async (url: string) => {
      asked.push(url)
      return proxy
    },
  },
})

/** A store of each kind at a service of this computer, and where the service stands. */
const KINDS: Readonly<
  Record<string, (proxy: string, asked: string[]) => Promise<{ store: ObjectStore; host: string }>>
> = {
  async s3(proxy, asked) {
    const config = s3ConfigOf({ type: 's3', bucket: TEST_BUCKET, prefix: 'x', endpoint: s3.url })
    return { store: createS3Store(config, testKeys(), env(proxy, asked)), host: new URL(s3.url).host }
  },
  async gcs(proxy, asked) {
    const secrets = { serviceAccountJson: new Secret(JSON.stringify(gcs.serviceAccount)) }
    const config = gcsConfigOf({ bucket: 'bucket', endpoint: gcs.endpoint, prefix: 'x' })
    const store = await createGcsStore(config, secrets, env(proxy, asked))
    return { store, host: new URL(gcs.endpoint).host }
  },
  async azure(proxy, asked) {
    const { account, key, endpoint } = azurite
    const config = azureConfigOf({ bucket: 'container', prefix: 'x', account, endpoint })
    const store = await createAzureStore(config, { accountKey: new Secret(key) }, env(proxy, asked))
    return { store, host: new URL(endpoint).host }
  },
  async 'azure by its connection string'(proxy, asked) {
    const config = azureConfigOf({ bucket: 'container', prefix: 'x' })
    const credentials = { connectionString: new Secret(azurite.connectionString) }
    const store = await createAzureStore(config, credentials, env(proxy, asked))
    return { store, host: new URL(azurite.endpoint).host }
  },
}

async function open(start: () => Promise<TestProxy>): Promise<TestProxy> {
  const proxy = await start()
  endings.push(() => proxy.close())
  return proxy
}

describe.each(Object.keys(PROXIES))('a place behind a proxy of %s', (kindOfProxy) => {
  test.each(Object.keys(KINDS))(
    '%s: every request goes through it, and what comes back is what was stored',
    async (kind) => {
      const proxy = await open(PROXIES[kindOfProxy]!)
      const asked: string[] = []
      const { store, host } = await KINDS[kind]!(proxy.url, asked)
      endings.push(() => store.close())
      const bytes = Buffer.alloc(1_500_000, 'proxy')
      await store.put('a/b', bodyOfBytes(bytes), {})
      const { body } = await store.get('a/b')
      expect((await buffer(body)).equals(bytes)).toBe(true)
      expect(proxy.through.length).toBeGreaterThan(0)
      expect(new Set(proxy.through)).toEqual(new Set([host]))
      expect(proxy.refused).toEqual([])
      expect(asked.every((url) => URL.canParse(url) && new URL(url).host === host)).toBe(true)
    },
  )
})

test.each(['http with a login', 'socks 5 with a login'])(
  'a proxy of %s that does not take the login leaves the place out of reach, and says the login nowhere',
  async (kind) => {
    const proxy = await open(PROXIES[kind]!)
    const { store } = await KINDS.s3!(proxy.url.replace('ada:', 'eve:'), [])
    endings.push(() => store.close())
    const error = await store.put('a/b', bodyOfBytes(Buffer.from('x')), {}).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(EverstowError)
    expect(proxy.refused.length).toBeGreaterThan(0)
    expect(inspect(error, { depth: 9 })).not.toMatch(/p%40ss|p@ss/)
  },
)

describe('signing in where no key was given', () => {
  test('azure asks for its tokens through the proxy', async () => {
    const proxy = await open(() => startHttpProxy())
    vi.stubEnv('AZURE_TENANT_ID', '00000000-0000-0000-0000-000000000001')
    vi.stubEnv('AZURE_CLIENT_ID', '00000000-0000-0000-0000-000000000002')
    vi.stubEnv('AZURE_CLIENT_SECRET', 'secret')
    const config = azureConfigOf({ bucket: 'container', account: 'account' })
    const store = await createAzureStore(config, {}, env(proxy.url))
    await goneTo(store, proxy, 'login.microsoftonline.com:443')
  })

  test('s3 asks for its session through the proxy', async () => {
    const proxy = await open(() => startSocksProxy(5))
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/test')
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', fileURLToPath(import.meta.url))
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    const config = s3ConfigOf({ type: 's3', bucket: 'bucket', region: 'eu-west-3' })
    const store = createS3Store(config, {}, env(proxy.url))
    await goneTo(store, proxy, 'sts.eu-west-3.amazonaws.com:443')
  })
})

/** A first request, which has to ask for a token, gets as far as this host, and nowhere else. */
async function goneTo(store: ObjectStore, proxy: TestProxy, host: string): Promise<void> {
  const giveUp = new AbortController()
  endings.push(() => store.close())
  const asking = store.get('a', { signal: giveUp.signal }).catch((error: unknown) => error)
  await expect.poll(() => proxy.through).toContain(host)
  giveUp.abort()
  expect(await asking).toBeInstanceOf(EverstowError)
  expect(new Set(proxy.through)).toEqual(new Set([host]))
}
