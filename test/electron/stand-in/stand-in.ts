import { EventEmitter } from 'node:events'
import type Electron from 'electron'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { ElectronApi } from '../../../main/hosts/electron/ports.ts'
import { StandInApp } from './app.ts'
import { StandInWindow } from './browser-window.ts'
import type { ContentsWorld, StandInContents } from './contents.ts'
import {
  StandInDialog,
  StandInImage,
  StandInMenu,
  StandInNotification,
  StandInShell,
  StandInTray,
} from './desktop.ts'
import type { StandInFrame } from './frames.ts'
import { StandInPowerMonitor } from './power.ts'
import { StandInProtocol, StandInSession } from './session.ts'

/** A sender as a test makes it up; `senderFrame` may be gone or belong to somebody else. */
export interface ForgedSender {
  readonly sender: Pick<StandInContents, 'id'>
  readonly senderFrame: StandInFrame | null
}

/** The module, and the hands of the person and the system around it. */
export interface StandIn {
  readonly electron: ElectronApi
  readonly app: StandInApp
  readonly session: StandInSession
  readonly dialog: StandInDialog
  readonly shell: StandInShell
  readonly nativeTheme: StandInTheme
  readonly network: { online: boolean }
  /** What this system can do. */
  readonly system: { notificationsSupported: boolean }
  readonly powerMonitor: StandInPowerMonitor
  readonly ipcMain: EventEmitter
  readonly trays: readonly StandInTray[]
  readonly notifications: readonly StandInNotification[]
  applicationMenu(): StandInMenu | undefined
  windows(): StandInWindow[]
  /** Work areas of the screens there are; a test may take one away. */
  readonly screens: Electron.Rectangle[]
  /** A message on a channel, from whom the test says. */
  forge(from: ForgedSender, channel: string, ...args: unknown[]): void
  close(): Promise<void>
}

/** `nativeTheme`: what Windows says of its panel is not known elsewhere. */
class StandInTheme extends EventEmitter {
  themeSource = 'system'
  shouldUseDarkColors = false
  panelIsDark = false
  readonly #platform: NodeJS.Platform

  constructor(platform: NodeJS.Platform) {
    super()
    this.#platform = platform
  }

  get shouldUseDarkColorsForSystemIntegratedUI(): boolean {
    if (this.#platform === 'linux') throw new Error('known on macOS and Windows only')
    return this.#platform === 'darwin' ? this.shouldUseDarkColors : this.panelIsDark
  }
}

/** A new stand-in. `browser` is started by the caller and may be shared; without one a window's page is only fetched, not run. */
export function createStandIn(options: {
  readonly platform?: NodeJS.Platform
  readonly browser?: Browser
  readonly workAreas?: readonly Electron.Rectangle[]
  readonly reducedMotion?: boolean
}): StandIn {
  const app = new StandInApp(options.platform ?? 'linux')
  const protocol = new StandInProtocol(app)
  const defaultSession = new StandInSession(protocol)
  const dialog = new StandInDialog(app)
  const shell = new StandInShell()
  const ipcMain = new EventEmitter()
  const trays: StandInTray[] = []
  const notifications: StandInNotification[] = []
  const powerMonitor = new StandInPowerMonitor(app)
  const network = { online: true }
  const system = { notificationsSupported: true }
  const screens = [...(options.workAreas ?? [{ x: 0, y: 0, width: 1920, height: 1040 }])]
  const nativeTheme = new StandInTheme(app.platform)
  let menu: StandInMenu | undefined
  let context: Promise<BrowserContext> | undefined

  const contents = (): StandInContents[] => windows().map((window) => window.webContents)
  const windows = (): StandInWindow[] => [...app.windows] as StandInWindow[]
  const world: ContentsWorld = {
    protocol,
    ...(options.browser ? { browser: () => (context ??= openContext(options.browser!)) } : {}),
    toMain: (from, channel, args) => void ipcMain.emit(channel, from, ...args),
  }

  async function openContext(browser: Browser): Promise<BrowserContext> {
    const opened = await browser.newContext()
    await opened.route('**/*', async (route) => {
      const request = route.request()
      const page = pageOf(() => request.frame().page())
      const owner = page && (await ownerOf(page))
      if (owner) return owner.answer(route)
      // A navigation in a page that is none of ours: somebody asked for a window.
      contents()[0]?.openWindow(request.url())
      return route.abort('aborted')
    })
    opened.on('page', async (page) => {
      if (await ownerOf(page)) return
      const address = page.url()
      await page.close().catch(() => undefined)
      if (address === 'about:blank') contents()[0]?.openWindow(address)
    })
    return opened
  }

  async function ownerOf(page: Page): Promise<StandInContents | undefined> {
    if (await page.opener().catch(() => null)) return undefined
    for (const candidate of contents())
      if ((await candidate.page.catch(() => undefined)) === page) return candidate
    return undefined
  }

  const needsReady = <T>(value: T, what: string): T => {
    if (!app.isReady()) throw new Error(`${what} can only be used after app is ready`)
    return value
  }

  const module = {
    app,
    dialog,
    ipcMain,
    nativeTheme,
    net: { isOnline: () => needsReady(network, 'net').online },
    powerMonitor,
    protocol,
    shell,
    BrowserWindow: class extends StandInWindow {
      constructor(windowOptions: Electron.BrowserWindowConstructorOptions) {
        super(windowOptions, app, world)
      }
    },
    Menu: {
      buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => new StandInMenu(template),
      setApplicationMenu: (set: StandInMenu | null) => {
        menu = set ?? undefined
      },
    },
    nativeImage: { createFromPath: (file: string) => new StandInImage(file) },
    Notification: class extends StandInNotification {
      static isSupported = () => system.notificationsSupported
      constructor(notificationOptions: Electron.NotificationConstructorOptions) {
        super(notificationOptions, (shown) => void notifications.push(shown))
      }
    },
    screen: {
      getAllDisplays: () => needsReady(screens, 'screen').map((workArea) => ({ workArea })),
      getDisplayMatching: (at: Electron.Rectangle) => ({
        workArea:
          needsReady(screens, 'screen').find(({ x, width }) => at.x >= x && at.x < x + width) ?? screens[0],
      }),
    },
    session: {
      get defaultSession() {
        return needsReady(defaultSession, 'session')
      },
    },
    systemPreferences: {
      getAnimationSettings: () => ({ prefersReducedMotion: options.reducedMotion ?? false }),
    },
    Tray: class extends StandInTray {
      constructor(image: StandInImage) {
        super(image, app)
        trays.push(this)
      }
    },
  } satisfies { readonly [K in keyof ElectronApi]: unknown }

  return {
    electron: module as unknown as ElectronApi,
    app,
    session: defaultSession,
    dialog,
    shell,
    nativeTheme,
    network,
    system,
    powerMonitor,
    ipcMain,
    trays,
    notifications,
    applicationMenu: () => menu,
    windows,
    screens,
    forge: (from, channel, ...args) => void ipcMain.emit(channel, from, ...args),
    async close() {
      await (await context)?.close()
    },
  }
}

function pageOf(find: () => Page): Page | undefined {
  try {
    return find()
  } catch {
    // Playwright has no page yet for a navigation in a window that is just being made.
    return undefined
  }
}
