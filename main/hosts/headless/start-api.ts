import type { ServedApi } from '../../app/app-context.ts'
import { type App, createApp } from '../../app/create-app.ts'
import { type ApiAddress, serveApi } from '../api/serve-api.ts'
import { type StayingOptions, stayingApp } from './staying-app.ts'

/** How the API is started. */
export interface ApiOptions extends StayingOptions, ApiAddress {}

/** A running API, with the application behind it. */
export interface ApiHost extends ServedApi {
  readonly app: App
}

/** Starts the application and serves the API where it is told to, whatever the settings say, until `stop`. */
export async function startApi(options: ApiOptions): Promise<ApiHost> {
  const app = await createApp({ ...stayingApp(options), hostCan: {}, auditHost: 'daemon' })
  try {
    const { port, url, stop } = await serveApi(app, options)
    return {
      app,
      port,
      url,
      async stop() {
        await stop()
        await app.stop()
      },
    }
  } catch (error) {
    await app.stop()
    throw error
  }
}
