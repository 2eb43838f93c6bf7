import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { createNodeNet } from '../../main/engine/env/node/node-net.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { azureConfigOf, createAzureStore } from '../../main/engine/storage/azure/index.ts'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import { createGcsStore, gcsConfigOf } from '../../main/engine/storage/gcs/index.ts'
import type { ObjectStore } from '../../main/engine/storage/object-store.ts'
import { createS3Store, s3ConfigOf } from '../../main/engine/storage/s3/index.ts'
import { startAzurite } from '../servers/azurite/index.ts'
import { startGcsServer } from '../servers/gcs/index.ts'
import { TEST_BUCKET } from '../servers/s3/options.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { testKeys } from './storage-s3-bench.ts'

/** A proxy that forwards, and notes for which hosts. */
let proxy: Server
let through: string[] = []
const proxyUrl = (): string => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`

beforeAll(async () => {
  proxy = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '')
    through.push(url.host)
    const onward = request(
      url,
      { method: incoming.method, headers: incoming.headers },
      (answer: IncomingMessage) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    onward.on('continue', () => outgoing.writeContinue())
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  // A client that asks before it sends is answered by the service, not by us.
  proxy.on('checkContinue', (incoming, outgoing) => proxy.emit('request', incoming, outgoing))
  proxy.on('connect', (incoming, socket) => {
    through.push(incoming.url ?? '')
    const { hostname, port } = new URL(`http://${incoming.url}`)
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  proxy.closeAllConnections()
  proxy.close()
})

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
  through = []
})

const env = (asked: string[] = []) => ({
  clock: nodeClock,
  random: nodeRandom,
  log: silentLog,
  net: {
    proxyOf: async (url: string) => {
      asked.push(url)
      return proxyUrl()
    },
  },
})

/** A store of each kind at a service of this computer, and where the service stands. */
const KINDS: Readonly<Record<string, (asked: string[]) => Promise<{ store: ObjectStore; host: string }>>> = {
  async s3(asked) {
    const server = await startS3Server({})
    endings.push(() => server.close())
    const config = s3ConfigOf({ type: 's3', bucket: TEST_BUCKET, prefix: 'x', endpoint: server.url })
    return { store: createS3Store(config, testKeys(), env(asked)), host: new URL(server.url).host }
  },
  async gcs(asked) {
    const server = await startGcsServer()
    endings.push(() => server.close())
    server.createBucket('bucket')
    const secrets = { serviceAccountJson: new Secret(JSON.stringify(server.serviceAccount)) }
    const config = gcsConfigOf({ bucket: 'bucket', endpoint: server.endpoint, prefix: 'x' })
    return { store: await createGcsStore(config, secrets, env(asked)), host: new URL(server.endpoint).host }
  },
  async azure(asked) {
    const azurite = await startAzurite()
    endings.push(() => azurite.stop())
    await azurite.createContainer('container')
    const { account, key, endpoint } = azurite
    const config = azureConfigOf({ bucket: 'container', prefix: 'x', account, endpoint })
    const store = await createAzureStore(config, { accountKey: new Secret(key) }, env(asked))
    return { store, host: new URL(endpoint).host }
  },
  async 'azure by its connection string'(asked) {
    const azurite = await startAzurite()
    endings.push(() => azurite.stop())
    await azurite.createContainer('container')
    const config = azureConfigOf({ bucket: 'container', prefix: 'x' })
    const credentials = { connectionString: new Secret(azurite.connectionString) }
    return {
      store: await createAzureStore(config, credentials, env(asked)),
      host: new URL(azurite.endpoint).host,
    }
  },
}

describe('a place behind a proxy', () => {
  test.each(Object.keys(KINDS))(
    '%s: every request goes through it, and what comes back is what was stored',
    async (kind) => {
      const asked: string[] = []
      const { store, host } = await KINDS[kind]!(asked)
      endings.push(() => store.close())
      const bytes = Buffer.alloc(1_500_000, 'proxy')
      await store.put('a/b', bodyOfBytes(bytes), {})
      const { body } = await store.get('a/b')
      expect((await buffer(body)).equals(bytes)).toBe(true)
      expect(through.length).toBeGreaterThan(0)
      expect(new Set(through)).toEqual(new Set([host]))
      expect(asked.every((url) => URL.canParse(url) && new URL(url).host === host)).toBe(true)
    },
  )
})

test('whether a place can be reached is asked of the proxy in front of it', async () => {
  const unreachable = 'https://no-such-host.invalid/'
  expect(await createNodeNet(async () => proxyUrl()).isReachable(unreachable, 5_000)).toBe(true)
  expect(await createNodeNet(async () => 'http://127.0.0.1:1').isReachable(proxyUrl(), 5_000)).toBe(false)
  expect(await createNodeNet().isReachable(proxyUrl(), 5_000)).toBe(true)
})
