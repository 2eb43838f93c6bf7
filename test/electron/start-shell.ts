import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { HostCapabilities } from '../../main/app/app-context.ts'
import { createTexts, type Texts } from '../../main/app/text.ts'
import { runElectronHost } from '../../main/hosts/electron/host.ts'
import type { RunningApp } from '../../main/hosts/electron/ports.ts'
import type { Shell } from '../../main/hosts/electron/shell.ts'
import type { HostUpdater } from '../../main/hosts/electron/system/updates.ts'
import { startChromium } from '../ground/chromium.ts'
import { type ScriptedApp, scriptedApp } from './scripted-app.ts'
import type { StandInTray } from './stand-in/desktop.ts'
import { createStandIn, type StandIn } from './stand-in/stand-in.ts'

const root = path.resolve(import.meta.dirname, '../..')
export const iconsFolder = path.join(root, 'assets/icons')
export const english: Texts = createTexts('en')

/** It looks up nothing outside. */
export function startBrowser(): Promise<Browser> {
  return startChromium({ more: ['--host-resolver-rules=MAP * ~NOTFOUND'] })
}

/** The smallest page that talks through the bridge. */
const PAGE = `<!doctype html><html><head><title>Everstow</title><meta name="csp-nonce" content="__CSP_NONCE__">
<script src="./page.js"></script></head><body><h1>page</h1><a href="/index.html#here">here</a></body></html>`
const SCRIPT = `window.frames_ = []
window.everstow?.onFrame((frame) => window.frames_.push(frame))
window.everstow?.send({ t: 'sync' })`

/** The host under test, with hands on everything around it. */
export interface StartedShell {
  readonly standIn: StandIn
  readonly app: ScriptedApp
  readonly shell: Shell | undefined
  readonly folder: string
  readonly configFolder: string
  /** What the host lent the app. */
  readonly abilities: Parameters<Parameters<typeof runElectronHost>[0]['startApp']>[0] | undefined
  /** How the host looks at power and network. */
  readonly lookAround: Parameters<Parameters<typeof runElectronHost>[0]['startApp']>[1] | undefined
  tray(): StandInTray
  /** The page of the first window, once it has asked for state. */
  page(): Promise<Page>
  close(): Promise<void>
}

/** Starts the host on a stand-in, from before ready until the window stands. */
export async function startShell(
  options: {
    readonly browser?: Browser
    readonly preload?: string
    readonly platform?: NodeJS.Platform
    /** Default: a start at login, with no window. */
    readonly args?: readonly string[]
    readonly app?: ScriptedApp
    readonly startApp?: (abilities: HostCapabilities) => Promise<RunningApp>
    readonly openUpdater?: () => Promise<HostUpdater | undefined>
    readonly renderer?: string
    readonly reducedMotion?: boolean
    /** The XDG config folder; default: one of its own. */
    readonly configFolder?: string
    readonly workAreas?: Parameters<typeof createStandIn>[0]['workAreas']
    /** Called before the host, to set the stage. */
    readonly prepare?: (standIn: StandIn) => void
  } = {},
): Promise<StartedShell> {
  const folder = mkdtempSync(path.join(tmpdir(), 'everstow-electron-'))
  const renderer = options.renderer ?? path.join(folder, 'renderer')
  if (!options.renderer) {
    mkdirSync(renderer)
    writeFileSync(path.join(renderer, 'index.html'), PAGE)
    writeFileSync(path.join(renderer, 'page.js'), SCRIPT)
  }
  const platform = options.platform ?? 'linux'
  const standIn = createStandIn({
    platform,
    ...(options.browser ? { browser: options.browser } : {}),
    ...(options.reducedMotion ? { reducedMotion: true } : {}),
    ...(options.workAreas ? { workAreas: options.workAreas } : {}),
  })
  options.prepare?.(standIn)
  const app = options.app ?? scriptedApp()
  const configFolder = options.configFolder ?? path.join(folder, 'config')
  let abilities: StartedShell['abilities']
  let lookAround: StartedShell['lookAround']
  const starting = runElectronHost({
    electron: standIn.electron,
    startApp: async (lent, looks) => {
      abilities = lent
      lookAround = looks
      return options.startApp ? options.startApp(lent) : app
    },
    paths: { renderer, preload: options.preload ?? path.join(folder, 'preload.cjs'), icons: iconsFolder },
    profileFolder: path.join(folder, 'profile'),
    ...(options.openUpdater ? { openUpdater: options.openUpdater } : {}),
    platform,
    args: options.args ?? ['--hidden'],
    loginItem: { configFolder, command: ['/opt/Everstow/everstow'] },
  })
  standIn.app.becomeReady()
  const shell = await starting

  return {
    standIn,
    app,
    shell,
    folder,
    configFolder,
    abilities,
    lookAround,
    tray() {
      const [tray] = standIn.trays
      if (!tray) throw new Error('there is no tray')
      return tray
    },
    async page() {
      await until(() => standIn.windows().length > 0)
      const page = await standIn.windows()[0]!.webContents.page
      await untilInPage(page, 'window.frames_?.length > 0')
      return page
    },
    async close() {
      await standIn.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Waits for something that is about to be true. */
export async function until(isSo: () => boolean, withinMs = 60_000): Promise<void> {
  for (const end = Date.now() + withinMs; !isSo(); ) {
    if (Date.now() > end) throw new Error(`not so within ${withinMs} ms: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Waits for an expression to be true in a page. Asked from here: the page's policy lets nothing inside poll by evaluation. */
export async function untilInPage(page: Page, expression: string, withinMs = 60_000): Promise<void> {
  for (const end = Date.now() + withinMs; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    // A page that is just being replaced has no context for a moment.
    if (await page.evaluate(expression).catch(() => false)) return
    if (Date.now() > end) throw new Error(`not so in the page within ${withinMs} ms: ${expression}`)
  }
}

/** Lets everything that was set off come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
