import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '../../engine/engine.ts'
import { startHeadless } from './start-headless.ts'

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

/** Serves until SIGINT or SIGTERM, then stops cleanly. Gives the exit status. */
export async function runHeadless(options: ServeOptions): Promise<number> {
  const { version } = JSON.parse(readFileSync(join(options.root, 'package.json'), 'utf8')) as {
    version: string
  }
  const host = await startHeadless({
    home: options.home,
    port: options.port,
    rendererFolder: join(options.root, 'dist', 'renderer'),
    version,
    locale: options.locale,
    onLink: options.onLink,
    ...(options.passphrase === undefined ? {} : { passphrase: new Secret(options.passphrase) }),
    ...(options.keychain ? { keychain: options.keychain } : {}),
  })
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await host.stop()
  return 0
}
