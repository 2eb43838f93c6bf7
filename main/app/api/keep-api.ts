import type { Settings } from '../../contract/index.ts'
import { asEverstowError } from '../../engine/model/errors.ts'
import { storedErrorOf } from '../../engine/model/stored-error.ts'
import type { HostCapabilities, ServableApp, ServedApi } from '../app-context.ts'
import { noteOutcome } from './api-state.ts'

const TICK_MS = 10_000

/** Sees to it that the REST API is served where the settings want it. */
export interface ApiKeeper {
  /** Told the settings in force, as often as one likes. */
  follow(settings: Pick<Settings, 'serveApi' | 'apiPort'>): void
  /** Closes it, and waits until it is closed. */
  stop(): Promise<void>
}

/**
 * Opens, moves and closes the REST API as the settings say. Of several processes that stay on one data folder, one serves it; another takes over when that one
 * ends. A port that is taken is no reason to switch anything off: it is written down, and tried again until it is free or another one is chosen.
 */
export function keepApi(app: ServableApp, serveApi: NonNullable<HostCapabilities['serveApi']>): ApiKeeper {
  const { engine, changed } = app.context
  const log = engine.env.log.area('api')
  let wantedPort: number | undefined
  let release: (() => Promise<void>) | undefined
  let served: ServedApi | undefined
  let looking: Promise<void> | undefined
  let ended = false

  /** One look at a time; what is wanted meanwhile is seen by one more. */
  function look(): void {
    looking ??= (async () => {
      for (let seen: number | undefined | null = null; seen !== wantedPort; ) {
        seen = wantedPort
        try {
          await settle(seen)
        } catch (error) {
          log.error('looking after the API failed', { error })
        }
      }
      looking = undefined
    })()
  }

  async function settle(port: number | undefined): Promise<void> {
    if (port === undefined) return leave()
    release ??= await engine.duties.take('api')
    if (!release) return
    if (served?.port !== port) await close()
    try {
      served ??= await serveApi(app, port)
    } catch (error) {
      if (note({ port, error: storedErrorOf(asEverstowError(error)) }))
        log.warn('the API cannot listen', { port, error })
      return
    }
    if (note({ port, url: served.url })) log.info('the API listens', { url: served.url })
  }

  async function leave(): Promise<void> {
    await close()
    if (!release) return
    note(undefined)
    await release()
    release = undefined
  }

  async function close(): Promise<void> {
    await served?.stop()
    served = undefined
  }

  function note(outcome: Parameters<typeof noteOutcome>[1]): boolean {
    const isNews = noteOutcome(engine, outcome)
    if (isNews) changed()
    return isNews
  }

  const stopTicking = engine.env.clock.every(TICK_MS, look)
  return {
    follow({ serveApi: isOn, apiPort }) {
      const port = isOn ? apiPort : undefined
      // Closing is news, too, which brings the settings once more.
      if (ended || port === wantedPort) return
      wantedPort = port
      look()
    },
    async stop() {
      ended = true
      stopTicking()
      wantedPort = undefined
      look()
      await looking
    },
  }
}
