import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, type AppOptions, createApp } from '../../main/app/create-app.ts'
import { connectInProcess, type InProcessClient } from '../../main/app/in-process-client.ts'
import type { Run } from '../../main/contract/index.ts'

export type Format = 'archive' | 'snapshot'

/** A real application on a fresh home, with a small folder to back up. */
export interface Ground {
  readonly base: string
  readonly home: string
  readonly source: string
  app: App
  client: InProcessClient
  /** Adds a local place in a folder of its own and gives its id. */
  addPlace(name: string): Promise<string>
  placePath(name: string): string
  /** Backs the source up and waits. */
  backUp(): Promise<Run>
  /** Backs up, as the first thing a test needs, and gives the backup's id; throws where it came to anything else. */
  backedUp(format: Format, paths?: readonly string[]): Promise<string>
  /** Starts work and waits for its end. */
  done(started: Promise<{ runId: string }>): Promise<Run>
  /** Another process on the same data folder; whoever starts it stops it. */
  beside(): Promise<App>
  /** Stops the application and starts it again, as the next process would. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** Lays the ground; `close` takes all of it away. */
export async function layGround(options: Pick<AppOptions, 'lookAround'> = {}): Promise<Ground> {
  const base = mkdtempSync(join(tmpdir(), 'everstow-app-'))
  const home = join(base, 'home')
  const source = join(base, 'source')
  mkdirSync(join(source, 'folder'), { recursive: true })
  writeFileSync(join(source, 'folder', 'a.txt'), 'first\n')
  writeFileSync(join(source, 'b.txt'), 'second\n')

  const start = () =>
    createApp({
      home,
      host: 'library',
      hostCan: {},
      version: '0.0.0-test',
      platform: process.platform,
      locale: 'en',
      userHome: base,
      keychain: 'off',
      logDestination: 'none',
      stays: false,
      ...options,
    })
  const app = await start()
  const ground: Ground = {
    base,
    home,
    source,
    app,
    client: connectInProcess(app.server, 'admin'),
    placePath: (name) => join(base, name),
    addPlace: async (name) =>
      (await ground.client.call('place.add', { name, type: 'local', path: join(base, name) })).id,
    backUp: () => ground.done(ground.client.call('backup.start', { paths: [source], format: 'archive' })),
    async backedUp(format, paths = [source]) {
      const started = ground.client.call('backup.start', { paths: [...paths], format })
      const { state, backup } = await ground.done(started)
      if (state !== 'done' || !backup) throw new Error(`the backup came to ${state}`)
      return backup.id
    },
    done: async (started) => ground.client.call('run.wait', { id: (await started).runId }),
    beside: start,
    async restart() {
      await ground.app.stop()
      ground.app = await start()
      ground.client = connectInProcess(ground.app.server, 'admin')
    },
    async close() {
      await ground.app.stop()
      rmSync(base, { recursive: true, force: true })
    },
  }
  return ground
}
