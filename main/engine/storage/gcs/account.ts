import type { Readable } from 'node:stream'
import type { StorageOptions } from '@google-cloud/storage'
import { EverstowError } from '../../model/errors.ts'
import type { Credentials } from '../credentials.ts'
import type { GcsConfig, GcsEnv } from './config.ts'
import { errorOfCredentials } from './errors.ts'

const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token'
/** The library gives its own requests for tokens no limit. */
const TOKEN_TIMEOUT_MS = 30_000

export interface AccountRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Readable
  readonly signal: AbortSignal
}

export interface AccountReply {
  readonly status: number
  readonly headers: Headers
  readonly body: Readable
}

/** Whoever the requests are sent for: adds the bearer token, which it fetches and renews. */
export interface Account {
  readonly endpoint: string
  send(request: AccountRequest): Promise<AccountReply>
  /** Drops the token at hand; the next request fetches a new one. */
  renew(): void
}

/** Loads the official client, which is heavy, and the credentials. Nothing is sent yet. */
export async function openAccount(
  config: GcsConfig,
  credentials: Credentials,
  env: GcsEnv,
): Promise<Account> {
  const { Storage } = await import('@google-cloud/storage')
  const key = await readKey(config, credentials, env)
  const tokenUrl = typeof key?.token_uri === 'string' ? key.token_uri : GOOGLE_TOKEN_URL
  const options: StorageOptions = {
    ...(config.endpoint && { apiEndpoint: config.endpoint }),
    ...(config.project && { projectId: config.project }),
    ...(key && { credentials: key }),
    ...(typeof key?.universe_domain === 'string' && { universeDomain: key.universe_domain }),
    clientOptions: {
      transporterOptions: {
        // Google's libraries for other languages honour a key's `token_uri`; this one always asks the public endpoint.
        adapter: (request, send) => {
          if (request.url.href !== GOOGLE_TOKEN_URL) return send(request)
          return send({ ...request, url: new URL(tokenUrl), signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS) })
        },
      },
    },
  }
  let storage = new Storage(options)

  return {
    endpoint: storage.apiEndpoint,
    send: async (request) => {
      const auth = storage.authClient
      const client = await auth.getClient().catch((error: unknown) => {
        throw errorOfCredentials(error, config.bucket)
      })
      const response = await client.request<Readable>({
        method: request.method as 'GET',
        url: request.url,
        headers: request.headers,
        ...(request.body && { data: request.body }),
        signal: request.signal,
        responseType: 'stream',
        // Every status is an answer; retries are the business of our own layer.
        validateStatus: () => true,
        retry: false,
        // A redirect would carry the token elsewhere, and 308 is the service's "go on".
        redirect: 'manual',
        ...NO_DECOMPRESSION,
      })
      return { status: response.status, headers: response.headers, body: response.data }
    },
    renew: () => {
      storage = new Storage(options)
    },
  }
}

/** An option of the library's fetch that its types do not know. */
const NO_DECOMPRESSION: object = { compress: false }

type Key = Record<string, unknown>

/** The key that was typed in, or the file's, read now; undefined means application default credentials. */
async function readKey(config: GcsConfig, credentials: Credentials, env: GcsEnv): Promise<Key | undefined> {
  if (credentials.serviceAccountJson) return parseKey(credentials.serviceAccountJson.reveal(), undefined)
  const path = config.credentialsFile
  if (path === undefined) return undefined
  const text = await env.files.readText(path).catch((cause: unknown) => {
    throw new EverstowError('credentials-missing', { data: { bucket: config.bucket, path }, cause })
  })
  return parseKey(text, path)
}

function parseKey(text: string, path: string | undefined): Key {
  let key: unknown
  try {
    key = JSON.parse(text)
  } catch {
    // The parser's message quotes the text, which is a secret; the code alone says it all.
    key = undefined
  }
  if (typeof key === 'object' && key !== null && typeof (key as Key).type === 'string') return key as Key
  throw new EverstowError('credentials-refused', { data: { path, reason: 'not-a-key-file' } })
}
