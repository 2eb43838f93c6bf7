import type { ContainerClient, StoragePipelineOptions } from '@azure/storage-blob'
import { EverstowError } from '../../model/errors.ts'
import type { Credentials } from '../credentials.ts'
import { checkKey, joinPrefix } from '../keys.ts'
import { withoutSecrets } from '../transfer/http-facts.ts'
import { guardAgainstStall, type StallGuard } from '../transfer/stall-guard.ts'
import type { AzureConfig, AzureEnv } from './config.ts'
import { errorOfAzure } from './errors.ts'

/** One container, and how requests to it are watched. */
export interface AzureClient {
  readonly config: AzureConfig
  readonly env: AzureEnv
  readonly container: ContainerClient
  /** The checked key below the destination's prefix. */
  nameOf(key: string): string
  /** Runs one request under a guard that ends with it; failures come out as ours. */
  guarded<T>(
    facts: { readonly key?: string; readonly signal?: AbortSignal | undefined },
    work: (guard: StallGuard) => Promise<T>,
  ): Promise<T>
  failure(error: unknown, key?: string): EverstowError
}

/** Our own layer retries; the client's tries would multiply with it. */
const PIPELINE: StoragePipelineOptions = {
  retryOptions: { maxTries: 1 },
  userAgentOptions: { userAgentPrefix: 'everstow' },
}

/** Loads the official client, which is heavy, and the credentials. Nothing is sent yet. */
export async function openClient(
  config: AzureConfig,
  credentials: Credentials,
  env: AzureEnv,
): Promise<AzureClient> {
  const container = await openContainer(config, credentials, env)
  const failure = (error: unknown, key?: string): EverstowError =>
    errorOfAzure(error, { container: config.container, key }, env.clock.now())
  return {
    config,
    env,
    container,
    nameOf: (key) => joinPrefix(config.prefix, checkKey(key)),
    failure,
    guarded: async ({ key, signal }, work) => {
      const { clock } = env
      const guard = guardAgainstStall({ clock, stallTimeoutMs: config.stallTimeoutMs, signal })
      try {
        return await work(guard)
      } catch (error) {
        throw guard.reason() ?? failure(error, key)
      } finally {
        guard.release()
      }
    },
  }
}

/** What every client is made with, and the way to the service. */
async function pipelineTo(url: string, { net }: AzureEnv): Promise<StoragePipelineOptions> {
  const proxy = await net?.proxyOf(url)
  if (proxy === undefined) return PIPELINE
  const { protocol, hostname, port } = new URL(proxy)
  return {
    ...PIPELINE,
    proxyOptions: {
      host: `${protocol}//${hostname}`,
      port: Number(port) || (protocol === 'https:' ? 443 : 80),
    },
  }
}

async function openContainer(
  config: AzureConfig,
  credentials: Credentials,
  env: AzureEnv,
): Promise<ContainerClient> {
  const { AnonymousCredential, BlobServiceClient, newPipeline, StorageSharedKeyCredential } = await import(
    '@azure/storage-blob'
  )
  const { connectionString, sasToken, accountKey } = credentials
  const refused = (cause: unknown): EverstowError =>
    new EverstowError('credentials-refused', {
      data: { bucket: config.container },
      cause: withoutSecrets(cause),
    })
  if (connectionString) {
    try {
      const open = (options: StoragePipelineOptions) =>
        BlobServiceClient.fromConnectionString(connectionString.reveal(), options)
      // Only the client finds the address in the string.
      const { url } = open(PIPELINE)
      return open(await pipelineTo(new URL(url).origin, env)).getContainerClient(config.container)
    } catch {
      // The client's message may quote the string, key and all.
      throw refused('The connection string is malformed')
    }
  }
  const endpoint = endpointOf(config)
  const options = await pipelineTo(endpoint, env)
  if (sasToken) {
    const query = sasToken.reveal().trim().replace(/^\?/, '')
    const service = new BlobServiceClient(
      `${endpoint}?${query}`,
      newPipeline(new AnonymousCredential(), options),
    )
    return service.getContainerClient(config.container)
  }
  if (accountKey) {
    if (!config.account) throw new EverstowError('invalid-input', { data: { field: 'account' } })
    const key = accountKey.reveal().trim()
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key)) throw refused('The account key is not base64')
    const credential = new StorageSharedKeyCredential(config.account, key)
    return new BlobServiceClient(endpoint, newPipeline(credential, options)).getContainerClient(
      config.container,
    )
  }
  // The service takes tokens over TLS only, and the client refuses to send them otherwise.
  if (!endpoint.startsWith('https:'))
    throw new EverstowError('credentials-missing', {
      data: { bucket: config.container, reason: 'endpoint-without-tls' },
    })
  const { DefaultAzureCredential } = await import('@azure/identity')
  const pipeline = newPipeline(new DefaultAzureCredential(), options)
  return new BlobServiceClient(endpoint, pipeline).getContainerClient(config.container)
}

function endpointOf({ endpoint, account }: AzureConfig): string {
  if (endpoint) {
    if (!URL.canParse(endpoint))
      throw new EverstowError('invalid-input', { data: { field: 'endpoint', endpoint } })
    return endpoint.replace(/[/?]+$/, '')
  }
  if (account && /^[a-z0-9]{3,24}$/.test(account)) return `https://${account}.blob.core.windows.net`
  throw new EverstowError('invalid-input', { data: { field: 'account', account } })
}
