import path from 'node:path'
import type { HostCapabilities } from '../../main/app/app-context.ts'
import { type App, createApp } from '../../main/app/create-app.ts'
import type { RunningApp } from '../../main/hosts/electron/ports.ts'
import { windowMemory } from '../../main/hosts/electron/window-place.ts'

/** The real application on a data folder, as the desktop program starts it. */
export async function realApp(
  home: string,
  hostCan: HostCapabilities,
): Promise<{ readonly app: App; readonly running: RunningApp }> {
  const app = await createApp({
    home,
    host: 'electron',
    hostCan,
    version: '0.0.0',
    platform: process.platform,
    locale: 'en',
    userHome: path.dirname(home),
    keychain: 'off',
    logDestination: 'none',
    stays: true,
  })
  const { env } = app.context.engine
  const running: RunningApp = {
    server: app.server,
    clock: env.clock,
    log: env.log.area('shell'),
    memory: windowMemory(env.files, path.join(home, 'window.json')),
    lookForDue: () => app.lookForDue(),
    stop: () => app.stop(),
  }
  return { app, running }
}
