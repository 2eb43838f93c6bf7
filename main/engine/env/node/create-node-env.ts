import { join } from 'node:path'
import type { Env } from '../env.ts'
import { type Log, type LogLevels, silentLog } from '../log.ts'
import type { ProxyOf } from '../net.ts'
import type { SecretStore, SecretStoreKind } from '../secrets.ts'
import { nodeClock } from './node-clock.ts'
import { nodeFiles } from './node-files.ts'
import { createNodeLog } from './node-log.ts'
import { createNodeNet } from './node-net.ts'
import { nodeRandom } from './node-random.ts'
import { nodeWatch } from './node-watch.ts'
import { lazySecretStore } from './secrets/lazy-store.ts'
import { openSecretStore, type SecretStoreOptions } from './secrets/open-secret-store.ts'
import { letThreadsStandBack } from './start-threads.ts'

export interface NodeEnvOptions extends Omit<SecretStoreOptions, 'log'> {
  /** Default: `info` everywhere. */
  readonly logLevels?: LogLevels
  /** `stderr` (default), `none`, or the path of a file. */
  readonly logDestination?: string
  /** What the host knows of proxies. */
  readonly proxyOf?: ProxyOf
  /** Heavy work lets everything else go first: for programs that stay and answer. */
  readonly standsBack?: boolean
}

export interface NodeEnv extends Env {
  /** Opens the secrets, which their first use does otherwise; for whoever wants to know where they lie, or why they cannot be opened. */
  openSecrets(): Promise<SecretStore>
}

/** The real world: this machine's clock, files, network and keychain. Makes the home (0700) where it is not there. */
export async function createNodeEnv(options: NodeEnvOptions): Promise<NodeEnv> {
  const { home } = options
  if (options.standsBack) letThreadsStandBack()
  await nodeFiles.mkdir(home, { mode: 0o700 })
  const log = openLog(options.logDestination ?? 'stderr', options.logLevels ?? { default: 'info' })
  const open = () => openSecretStore({ ...options, log: log.area('secrets') })
  const { store, openSecrets } = lazySecretStore(open, await likelyKind(options))
  return {
    clock: nodeClock,
    random: nodeRandom,
    files: nodeFiles,
    net: createNodeNet(options.proxyOf),
    watch: nodeWatch,
    log,
    secrets: store,
    openSecrets,
  }
}

function openLog(destination: string, levels: LogLevels): Log {
  if (destination === 'none') return silentLog
  return createNodeLog(levels, destination === 'stderr' ? 'stderr' : { path: destination })
}

/** Where the secrets will be found once they are opened, as far as the home tells. */
async function likelyKind({ home, keychain, passphrase }: NodeEnvOptions): Promise<SecretStoreKind> {
  if (keychain !== 'off' && (await nodeFiles.stat(join(home, 'keychain-id')))) return 'keychain'
  if (await nodeFiles.stat(join(home, 'secrets.sealed'))) return 'sealed-file'
  if (await nodeFiles.stat(join(home, 'secrets.json'))) return 'plain-file'
  if (keychain !== 'off') return 'keychain'
  return passphrase ? 'sealed-file' : 'plain-file'
}
