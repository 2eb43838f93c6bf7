import type Electron from 'electron'
import type { ElectronApi, ShellLog } from '../ports.ts'
import { linkIdOf } from './links.ts'

export const UI_SCHEME = 'app'
const UI_HOST = 'ui'
export const UI_ORIGIN = `${UI_SCHEME}://${UI_HOST}`

/** What every page of ours runs with. There is no second set; a preload path is all that is added. */
export const WEB_PREFERENCES = Object.freeze({
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webviewTag: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  navigateOnDragDrop: false,
  // Its dictionaries would be fetched from a server that is none of ours.
  spellcheck: false,
}) satisfies Electron.WebPreferences

/**
 * The content policy of a response. Only styles that a component library injects need the nonce; it is new for every response,
 * so a style that was smuggled into the page has no way to know it.
 */
export function contentPolicy(styleNonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${styleNonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Whether an address belongs to our page. Parsed parts are compared; a prefix would let `app://ui.evil` pass. */
export function isUiAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  return (
    url.protocol === `${UI_SCHEME}:` &&
    url.hostname === UI_HOST &&
    url.port === '' &&
    url.username === '' &&
    url.password === ''
  )
}

/** What must happen before the app is ready: the sandbox for every page, and a scheme that has an origin of its own. */
export function secureBeforeReady(electron: Pick<ElectronApi, 'app' | 'protocol'>): void {
  electron.app.enableSandbox()
  electron.protocol.registerSchemesAsPrivileged([
    {
      scheme: UI_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ])
}

/** Denies every permission: asked for, checked, and devices. */
export function denyPermissions(session: Electron.Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
}

/** Lets a page offer to keep what it made itself, such as the page of a recovery kit, and nothing that comes from an address. */
export function guardDownloads(session: Electron.Session, log: ShellLog): void {
  session.on('will-download', (event, item) => {
    const url = item.getURL()
    if (url.startsWith('blob:') && isUiAddress(url.slice('blob:'.length))) return
    event.preventDefault()
    log.warn('refused a download')
  })
}

/**
 * Keeps a page where it is. The only navigation a page may start is to load our own page again in the top frame; windows and
 * webviews are never made. Opening `app://ui/link/<id>` in a new window hands the id to `onLink` and opens nothing here.
 */
export function guardContents(
  contents: Electron.WebContents,
  onLink: (id: string) => void,
  log: ShellLog,
): void {
  contents.on('will-frame-navigate', (details) => {
    if (details.isMainFrame && isUiAddress(details.url)) return
    details.preventDefault()
    log.warn('refused a navigation', { topFrame: details.isMainFrame })
  })
  contents.on('will-navigate', (details) => {
    if (!isUiAddress(details.url)) details.preventDefault()
  })
  contents.on('will-redirect', (details) => details.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    const linkId = linkIdOf(url, isUiAddress)
    if (linkId === undefined) log.warn('refused a window')
    else onLink(linkId)
    return { action: 'deny' }
  })
}
