import { mkdirSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { startHttpProxy } from '../servers/proxies/http-proxy.ts'
import { startSocksProxy } from '../servers/proxies/socks-proxy.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { cliStories } from './cli-stories.ts'

const LOGIN = { user: 'ada', password: 'p@ss-canary' }
const { world, story } = cliStories((own) => {
  mkdirSync(own.path('docs'))
  writeFileSync(own.path('docs', 'list.txt'), 'milk\n')
})

/** A place that is known by a name which only proxies can reach. */
async function addPlace(environment: Record<string, string>, port: string) {
  const place = ['--endpoint', `http://s3.invalid:${port}`, '--bucket', TEST_BUCKET, '--region', 'us-east-1']
  const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  return world.runWith(
    { ...environment, ...keys },
    ...['place', 'add', 'cloud', '--type', 's3', ...place, '--json'],
  )
}

for (const [kind, name] of [
  ['http', 'http_proxy'],
  ['socks', 'ALL_PROXY'],
] as const)
  story(
    `a place is reached through the ${kind} proxy that the environment names, and not without`,
    async () => {
      const [server, proxy] = await Promise.all([
        startS3Server({}),
        kind === 'http' ? startHttpProxy(LOGIN) : startSocksProxy(5, LOGIN),
      ])
      try {
        const { port } = new URL(server.url)
        const alone = await addPlace({}, port)
        expect(alone.json().error).toMatchObject({ code: expect.stringMatching(/unreachable/) })
        const added = await addPlace({ [name]: proxy.url }, port)
        expect(added.status, added.out + added.err).toBe(0)
        expect(new Set(proxy.through)).toEqual(new Set([`s3.invalid:${port}`]))
        expect(proxy.refused).toEqual([])
        const spared = await addPlace({ [name]: proxy.url, no_proxy: 's3.invalid' }, port)
        expect(spared.status).not.toBe(0)
      } finally {
        await Promise.all([server.close(), proxy.close()])
      }
    },
  )
