import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAzurite } from '../servers/azurite/index.ts'
import { startGcsServer } from '../servers/gcs/index.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { openSlowLine } from '../soak/slow-line.ts'

/** A place that several devices share, on a line that can be cut. */
export interface StormPlace {
  /** Words of `place add NAME`. */
  readonly place: readonly string[]
  readonly cut?: (isDown: boolean) => void
}

interface Opened {
  readonly url: string
  words(endpoint: string, secretFile: string): readonly string[]
  readonly secrets: unknown
  close(): Promise<void>
}

const BUCKET = 'everstow'

const SERVERS = {
  async s3(): Promise<Opened> {
    const server = await startS3Server({})
    const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL
    return {
      url: server.url,
      secrets: { accessKeyId, secretAccessKey },
      words: (endpoint, file) => [
        ...['--type', 's3', '--bucket', TEST_BUCKET, '--region', server.region],
        ...['--endpoint', endpoint, '--secret-file', file],
      ],
      close: () => server.close(),
    }
  },
  async gcs(): Promise<Opened> {
    const server = await startGcsServer({ buckets: [BUCKET], seed: 1 })
    return {
      url: server.endpoint,
      secrets: server.serviceAccount,
      words: (endpoint, file) => [
        ...['--type', 'gcs', '--bucket', BUCKET, '--endpoint', endpoint, '--credentials-file', file],
      ],
      close: () => server.close(),
    }
  },
  async azure(): Promise<Opened> {
    const server = await startAzurite()
    await server.createContainer(BUCKET)
    const { pathname } = new URL(server.endpoint)
    return {
      url: server.endpoint,
      secrets: { accountKey: server.key },
      words: (endpoint, file) => [
        ...['--type', 'azure', '--container', BUCKET, '--account', server.account],
        ...['--endpoint', `${endpoint}${pathname === '/' ? '' : pathname}`, '--secret-file', file],
      ],
      close: () => server.stop(),
    }
  },
} as const

export type StormServer = keyof typeof SERVERS

export const STORM_PLACES = ['folder', 's3', 'gcs', 'azure'] as const

/** Does something with a shared place, and closes it. */
export async function withStormPlace<T>(
  kind: (typeof STORM_PLACES)[number],
  work: (place: StormPlace) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'everstow-shared-'))
  try {
    if (kind === 'folder') return await work({ place: ['--type', 'local', '--path', join(folder, 'place')] })
    return await onLine(await SERVERS[kind](), join(folder, 'secrets.json'), work)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function onLine<T>(
  server: Opened,
  secretFile: string,
  work: (place: StormPlace) => Promise<T>,
): Promise<T> {
  const line = await openSlowLine(Number(new URL(server.url).port))
  try {
    writeFileSync(secretFile, JSON.stringify(server.secrets), { mode: 0o600 })
    return await work({
      place: server.words(`http://127.0.0.1:${line.port}`, secretFile),
      cut: (isDown) => {
        line.state = isDown ? 'down' : 'good'
      },
    })
  } finally {
    await line.close()
    await server.close()
  }
}
