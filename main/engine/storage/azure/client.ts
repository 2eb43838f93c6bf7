import type { DefaultAzureCredential } from '@azure/identity'
import type {
  ContainerClient,
  Pipeline,
  RequestPolicyFactory,
  StoragePipelineOptions,
} from '@azure/storage-blob'
import { createProxyAgents, type ProxyAgents } from '../../env/node/proxy-agents.ts'
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
  /** Ends the connections that are kept. */
  close(): void
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
  const agents = env.net && createProxyAgents(env.net.proxyOf, { keepAlive: true })
  const container = await openContainer(config, credentials, agents)
  const failure = (error: unknown, key?: string): EverstowError =>
    errorOfAzure(error, { container: config.container, key }, env.clock.now())
  return {
    config,
    env,
    container,
    nameOf: (key) => joinPrefix(config.prefix, checkKey(key)),
    failure,
    close: () => agents?.close(),
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

/** Sends each request of a client the way that the system names. */
function onItsWay(pipeline: Pipeline, agents: ProxyAgents | undefined): Pipeline {
  const policy: RequestPolicyFactory = {
    create: (next) => ({
      async sendRequest(request) {
        if (agents) request.agent = await agents.agentTo(request.url)
        return next.sendRequest(request)
      },
    }),
  }
  pipeline.factories.push(policy)
  return pipeline
}

async function openContainer(
  config: AzureConfig,
  credentials: Credentials,
  agents: ProxyAgents | undefined,
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
  const service = (
    url: string,
    credential: Parameters<typeof newPipeline>[0],
  ): InstanceType<typeof BlobServiceClient> =>
    new BlobServiceClient(url, onItsWay(newPipeline(credential, PIPELINE), agents))
  if (connectionString) {
    try {
      // Only the client reads the string: where the service is, and as whom.
      const { url, credential } = BlobServiceClient.fromConnectionString(connectionString.reveal())
      return service(url, credential).getContainerClient(config.container)
    } catch {
      // The client's message may quote the string, key and all.
      throw refused('The connection string is malformed')
    }
  }
  const endpoint = endpointOf(config)
  if (sasToken) {
    const query = sasToken.reveal().trim().replace(/^\?/, '')
    return service(`${endpoint}?${query}`, new AnonymousCredential()).getContainerClient(config.container)
  }
  if (accountKey) {
    if (!config.account) throw new EverstowError('invalid-input', { data: { field: 'account' } })
    const key = accountKey.reveal().trim()
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key)) throw refused('The account key is not base64')
    return service(endpoint, new StorageSharedKeyCredential(config.account, key)).getContainerClient(
      config.container,
    )
  }
  // The service takes tokens over TLS only, and the client refuses to send them otherwise.
  if (!endpoint.startsWith('https:'))
    throw new EverstowError('credentials-missing', {
      data: { bucket: config.container, reason: 'endpoint-without-tls' },
    })
  return service(endpoint, await tokensFor(agents)).getContainerClient(config.container)
}

/** Azure's own chain of identities. Its requests for tokens go the way that the system names, like all others. */
async function tokensFor(agents: ProxyAgents | undefined): Promise<DefaultAzureCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity')
  return new DefaultAzureCredential({
    additionalPolicies: [
      {
        position: 'perRetry',
        policy: {
          name: 'everstow-way',
          async sendRequest(request, next) {
            if (agents) request.agent = await agents.agentTo(request.url)
            return next(request)
          },
        },
      },
    ],
  })
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
