import type { HostCapabilities } from '../../app/app-context.ts'

/** What a host that stays lends the application, so that it can serve the API to this computer. Nothing of it is loaded before somebody switches it on. */
export const lentApi: Required<Pick<HostCapabilities, 'serveApi'>> = {
  async serveApi(app, port) {
    const { serveApi } = await import('./serve-api.ts')
    return serveApi(app, { port })
  },
}
