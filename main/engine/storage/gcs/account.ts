import type { Readable } from 'node:stream'
import type { AuthClient, JWTOptions } from 'google-auth-library'
import { z } from 'zod'
import { nodeFiles } from '../../env/node/node-files.ts'
import type { ProxyAgents } from '../../env/node/proxy-agents.ts'
import { EverstowError } from '../../model/errors.ts'
import type { Credentials } from '../credentials.ts'
import type { GcsConfig } from './config.ts'
import { errorOfCredentials } from './errors.ts'

const SCOPE = 'https://www.googleapis.com/auth/devstorage.full_control'
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
  /** Drops the token that this request was sent with; the next one fetches another. */
  renew(): void
}

/** Whoever the requests are sent for: adds the bearer token, which it fetches and renews. */
export interface Account {
  readonly endpoint: string
  send(request: AccountRequest): Promise<AccountReply>
}

/** Loads the official client, which is heavy, and the credentials. Nothing is sent yet. */
export async function openAccount(
  config: GcsConfig,
  credentials: Credentials,
  agents: ProxyAgents | undefined,
): Promise<Account> {
  const [{ Storage }, auth] = await Promise.all([
    import('@google-cloud/storage'),
    import('google-auth-library'),
  ])
  const key = await readKey(config, credentials)
  const open = (): InstanceType<typeof Storage> =>
    new Storage({
      ...(config.endpoint && { apiEndpoint: config.endpoint }),
      ...(config.project && { projectId: config.project }),
      ...(key?.universe_domain && { universeDomain: key.universe_domain }),
      ...(key && { authClient: clientOf(key, auth, agents) }),
      clientOptions: { transporterOptions: transportTo(GOOGLE_TOKEN_URL, agents) },
    })
  let storage = open()

  return {
    endpoint: storage.apiEndpoint,
    send: async (request) => {
      const used = storage
      const client = await until(used.authClient.getClient(), request.signal, (error) =>
        errorOfCredentials(error, config.bucket),
      )
      // Fetched ahead, so that a token endpoint that is silent cannot outlast the caller's patience.
      await until(client.getRequestHeaders(), request.signal)
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
      const renew = (): void => {
        // Of several requests that were refused with the same token, only one renews it.
        if (storage === used) storage = open()
      }
      return { status: response.status, headers: response.headers, body: response.data, renew }
    },
  }
}

/** Waits no longer than the signal allows; the work goes on by itself, and its outcome serves the next request. */
function until<T>(
  work: Promise<T>,
  signal: AbortSignal,
  mapError = (error: unknown): unknown => error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    work
      .then(resolve, (error: unknown) => reject(mapError(error)))
      .finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** An option of the library's fetch that its types do not know. */
const NO_DECOMPRESSION: object = { compress: false }

/** A key file's content; other types (workload identity, impersonation) come in as application default credentials only. */
const keySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('service_account'),
    client_email: z.string(),
    private_key: z.string(),
    private_key_id: z.string().optional(),
    token_uri: z.url().optional(),
    universe_domain: z.string().optional(),
  }),
  z.object({
    type: z.literal('authorized_user'),
    client_id: z.string(),
    client_secret: z.string(),
    refresh_token: z.string(),
    universe_domain: z.string().optional(),
  }),
])
type Key = z.infer<typeof keySchema>

function clientOf(
  key: Key,
  auth: typeof import('google-auth-library'),
  agents: ProxyAgents | undefined,
): AuthClient {
  if (key.type === 'authorized_user')
    return new auth.UserRefreshClient({
      clientId: key.client_id,
      clientSecret: key.client_secret,
      refreshToken: key.refresh_token,
      transporterOptions: transportTo(GOOGLE_TOKEN_URL, agents),
    })
  const tokenUrl = key.token_uri ?? GOOGLE_TOKEN_URL
  return new auth.JWT({
    email: key.client_email,
    key: key.private_key,
    ...(key.private_key_id && { keyId: key.private_key_id }),
    ...(key.universe_domain && { universeDomain: key.universe_domain }),
    scopes: [SCOPE],
    additionalClaims: { aud: tokenUrl },
    transporterOptions: transportTo(tokenUrl, agents),
  })
}

/**
 * Every request, for tokens and for data, goes the way that the system names. Bounds requests for tokens in time, and sends them where the key says: Google's libraries for other languages honour a key's `token_uri`,
 * this one always asks the public endpoint.
 */
function transportTo(
  tokenUrl: string,
  agents: ProxyAgents | undefined,
): NonNullable<JWTOptions['transporterOptions']> {
  return {
    adapter: async (request, send) => {
      const isToken = request.url.href === GOOGLE_TOKEN_URL
      const url = isToken ? new URL(tokenUrl) : request.url
      return send({
        ...request,
        url,
        // With a certificate of its own, a request comes with an agent that shows it.
        ...(agents && !request.cert && { agent: await agents.agentTo(url.href) }),
        ...(isToken && { signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS) }),
      })
    },
  }
}

/**
 * The key that was typed in, or the file's, read now; undefined means application default credentials. The file is read from the real disk,
 * as the client itself reads those.
 */
async function readKey(config: GcsConfig, credentials: Credentials): Promise<Key | undefined> {
  if (credentials.serviceAccountJson) return parseKey(credentials.serviceAccountJson.reveal(), undefined)
  const path = config.credentialsFile
  if (path === undefined) return undefined
  const text = await nodeFiles.readText(path).catch((cause: unknown) => {
    throw new EverstowError('credentials-missing', { data: { bucket: config.bucket, path }, cause })
  })
  return parseKey(text, path)
}

function parseKey(text: string, path: string | undefined): Key {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's message quotes the text, which is a secret; the schema refuses undefined below.
    value = undefined
  }
  const { data } = keySchema.safeParse(value)
  if (!data) throw new EverstowError('credentials-refused', { data: { path, reason: 'not-a-key-file' } })
  return data
}
