import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApp } from '../../app/create-app.ts'
import { Secret } from '../../engine/engine.ts'
import { EverstowError, fromSystemError } from '../../engine/model/errors.ts'
import { startApi } from './start-api.ts'
import { startHeadless } from './start-headless.ts'
import { type StayingOptions, stayingApp } from './staying-app.ts'

const DAY_MS = 86_400_000

/** What the command line hands to `serve`. */
export interface ServeOptions {
  readonly home: string
  readonly port: number
  readonly passphrase?: string
  readonly keychain?: 'auto' | 'off'
  readonly locale: string
  /** Root of the installation: `package.json`, `dist/renderer`. */
  readonly root: string
  /** Told each link that opens a window. */
  readonly onLink: (url: string) => void
}

/** What the command line hands to `serve --api`. */
export interface ServeApiOptions extends Omit<ServeOptions, 'onLink'> {
  readonly bind?: string
  /** Files with certificate chain and private key (PEM). */
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** Told where it listens, once it does. */
  readonly onUrl: (url: string) => void
}

/** What the command line hands to `daemon`. */
export interface DaemonOptions extends Omit<ServeOptions, 'port' | 'onLink'> {
  /** Told once it looks after the schedule. */
  readonly onReady: () => void
}

/** Starts what is due until SIGINT or SIGTERM, then stops cleanly; opens no port but that of the API, where the settings want it. Gives the exit status. */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const app = await createApp({ ...stayingApp(stayingOptions(options)), auditHost: 'daemon' })
  options.onReady()
  await untilToldToEnd()
  await app.stop()
  return 0
}

/** Serves until SIGINT or SIGTERM, then stops cleanly. Gives the exit status. */
export async function runHeadless(options: ServeOptions): Promise<number> {
  const host = await startHeadless({
    ...stayingOptions(options),
    port: options.port,
    rendererFolder: join(options.root, 'dist', 'renderer'),
    onLink: options.onLink,
  })
  await untilToldToEnd()
  await host.stop()
  return 0
}

/** Serves the REST API until SIGINT or SIGTERM, then stops cleanly. Gives the exit status. */
export async function runApi(options: ServeApiOptions): Promise<number> {
  const { port, bind, tls } = options
  const host = await startApi({
    ...stayingOptions(options),
    port,
    ...(bind === undefined ? {} : { bind }),
    ...(tls ? { tls: { cert: pem(tls.certFile), key: pem(tls.keyFile) } } : {}),
  })
  options.onUrl(host.url)
  await untilToldToEnd()
  await host.stop()
  return 0
}

function pem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw (
      fromSystemError(error, { path }) ?? new EverstowError('source-missing', { data: { path, count: 1 } })
    )
  }
}

/** Neither signals nor the timers of the application keep a process from ending by itself; this does. */
async function untilToldToEnd(): Promise<void> {
  const alive = setInterval(() => {}, DAY_MS)
  await new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  clearInterval(alive)
}

function stayingOptions(options: Omit<ServeOptions, 'port' | 'onLink'>): StayingOptions {
  const { home, locale, passphrase, keychain } = options
  return {
    home,
    locale,
    version: versionOf(options.root),
    ...(passphrase === undefined ? {} : { passphrase: new Secret(passphrase) }),
    ...(keychain ? { keychain } : {}),
  }
}

function versionOf(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return version
}
