import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type Electron from 'electron'
import type { BrowserContext, CDPSession, Page, Route } from 'playwright-core'
import { fromPage, toPage } from './addresses.ts'
import { preventable } from './app.ts'
import { StandInFrame } from './frames.ts'
import {
  DROPPED,
  FROM_MAIN,
  ISOLATED_WORLD,
  isolatedWorldScript,
  pageWorldScript,
  TO_MAIN,
} from './isolated-world.ts'
import type { StandInProtocol } from './session.ts'

/** What a window's contents need from the rest. */
export interface ContentsWorld {
  /** Absent: pages are fetched, but there is nothing to run them in. */
  readonly browser?: () => Promise<BrowserContext>
  readonly protocol: StandInProtocol
  /** Hands a message of a page to `ipcMain`. */
  readonly toMain: (
    event: { sender: StandInContents; senderFrame: StandInFrame | null },
    channel: string,
    args: unknown[],
  ) => void
}

type ContentsMembers = Pick<
  Electron.WebContents,
  'forcefullyCrashRenderer' | 'id' | 'isDestroyed' | 'reload' | 'send' | 'setWindowOpenHandler'
>
type OpenHandler = Parameters<Electron.WebContents['setWindowOpenHandler']>[0]

let lastId = 0

/** `webContents`: one real page of Chromium, with the preload in its isolated world. */
export class StandInContents extends EventEmitter implements ContentsMembers {
  readonly id = ++lastId
  readonly mainFrame: StandInFrame
  readonly webPreferences: Electron.WebPreferences
  /** The page, for tests; resolves once it is set up. */
  readonly page: Promise<Page>
  private readonly world: ContentsWorld
  private cdp: CDPSession | undefined
  private current: Page | undefined
  private isolatedContext: number | undefined
  private destroyed = false
  private openHandler: OpenHandler | undefined
  /** Set while a load comes from the main process: those navigations are not asked about. */
  private loadingAddress: string | undefined

  constructor(webPreferences: Electron.WebPreferences, world: ContentsWorld) {
    super()
    this.webPreferences = webPreferences
    this.world = world
    this.mainFrame = new StandInFrame({
      address: () => this.current?.url() ?? '',
      gone: () => this.destroyed,
    })
    this.page = this.open()
    // A page that is closed while it is set up has nobody to tell.
    this.page.catch(() => undefined)
  }

  isDestroyed(): boolean {
    return this.destroyed
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.refuseWhenDestroyed()
    this.openHandler = handler
  }

  send(channel: string, ...args: unknown[]): void {
    this.refuseWhenDestroyed()
    const text = JSON.stringify(structuredClone(args))
    if (this.isolatedContext === undefined) return
    const expression = `globalThis.${FROM_MAIN}?.(${JSON.stringify(channel)}, ${JSON.stringify(text)})`
    this.cdp?.send('Runtime.evaluate', { expression, contextId: this.isolatedContext }).catch(() => {
      // The page has moved on meanwhile; Electron drops such a message too.
    })
  }

  reload(): void {
    this.refuseWhenDestroyed()
    const address = this.mainFrame.url
    this.loadURL(address).catch((error: unknown) => this.emit('did-fail-load', error))
  }

  async loadURL(address: string): Promise<void> {
    this.refuseWhenDestroyed()
    const scheme = new URL(address).protocol.slice(0, -1)
    if (!this.world.protocol.handlers.has(scheme) && !['http', 'https', 'about', 'data'].includes(scheme))
      throw new Error(`ERR_UNKNOWN_URL_SCHEME (-302) loading '${address}'`)
    if (!this.world.browser) return this.fetchOnly(scheme, address)
    const page = await this.page
    this.loadingAddress = toPage(address, this.schemes())
    const answer = await page.goto(this.loadingAddress)
    if (answer && answer.status() >= 400) throw new Error(`ERR_FAILED (-2) loading '${address}'`)
    this.emit('did-finish-load')
  }

  /** Answers every request of the page; nothing goes further than the scheme's handler. */
  async answer(route: Route): Promise<void> {
    const request = route.request()
    const address = fromPage(request.url())
    if (
      request.isNavigationRequest() &&
      !this.mayNavigate(request.url(), request.frame() === this.current?.mainFrame())
    )
      return route.abort('aborted')
    const handler = this.world.protocol.handlers.get(new URL(address).protocol.slice(0, -1))
    if (!handler) {
      this.emit('stand-in-network', address)
      return route.abort('blockedbyclient')
    }
    const response = await handler(new Request(address, { method: request.method() }))
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    })
  }

  /** A page asks for a window. Only "deny" is known here. */
  openWindow(address: string): void {
    const answer = this.openHandler?.({
      url: fromPage(address),
      frameName: '',
      features: '',
      disposition: 'new-window',
    } as Electron.HandlerDetails)
    this.emit('stand-in-window-open', fromPage(address), answer?.action ?? 'allow')
  }

  async destroy(): Promise<void> {
    if (this.destroyed) return
    this.destroyed = true
    this.emit('destroyed')
    await this.page.then((page) => page.close()).catch(() => undefined)
  }

  /** The page's process ends: a test asks for it. */
  crash(): void {
    this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 11 })
  }

  forcefullyCrashRenderer(): void {
    this.refuseWhenDestroyed()
    this.emit('render-process-gone', {}, { reason: 'killed', exitCode: 9 })
  }

  /** The person presses a key: the main process hears of it before the page, and may keep it. */
  async pressKey(key: string): Promise<void> {
    const event = preventable({})
    this.emit('before-input-event', event, { type: 'keyDown', key })
    if (!event.defaultPrevented) await (await this.page).keyboard.press(key)
  }

  /** The person drags files or folders of this computer over the page and lets go. */
  async drop(paths: readonly string[]): Promise<void> {
    await this.page
    const known = Object.fromEntries(
      paths.map((file) => [`${path.basename(file)}|${Math.floor(statSync(file).mtimeMs)}`, file]),
    )
    await this.cdp?.send('Runtime.evaluate', {
      expression: `globalThis.${DROPPED} = ${JSON.stringify(known)}`,
      ...(this.isolatedContext === undefined ? {} : { contextId: this.isolatedContext }),
    })
    const data = { items: [], files: [...paths], dragOperationsMask: 1 }
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await this.cdp?.send('Input.dispatchDragEvent', { type, x: 60, y: 60, data })
  }

  private async fetchOnly(scheme: string, address: string): Promise<void> {
    const answer = await this.world.protocol.handlers.get(scheme)?.(new Request(address))
    if (!answer?.ok) throw new Error(`ERR_FAILED (-2) loading '${address}'`)
  }

  private mayNavigate(url: string, isMainFrame: boolean): boolean {
    const byMain = isMainFrame && this.loadingAddress === url
    this.loadingAddress = isMainFrame ? undefined : this.loadingAddress
    if (!byMain) {
      const frame = isMainFrame
        ? this.mainFrame
        : new StandInFrame({ address: () => 'about:blank', parent: this.mainFrame })
      const details = preventable({ url: fromPage(url), isMainFrame, isSameDocument: false, frame })
      this.emit('will-frame-navigate', details)
      if (isMainFrame && !details.defaultPrevented) this.emit('will-navigate', details)
      if (details.defaultPrevented) return false
    }
    this.emit('did-start-navigation', { url: fromPage(url), isMainFrame, isSameDocument: false })
    return true
  }

  private async open(): Promise<Page> {
    if (!this.world.browser) throw new Error('this stand-in runs no pages')
    const context = await this.world.browser()
    const page = await context.newPage()
    this.current = page
    const cdp = await context.newCDPSession(page)
    this.cdp = cdp
    const { frameTree } = await cdp.send('Page.getFrameTree')
    cdp.on('Runtime.executionContextCreated', ({ context: { id, name, auxData } }) => {
      if (name === ISOLATED_WORLD && auxData?.frameId === frameTree.frame.id) this.isolatedContext = id
    })
    cdp.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
      if (executionContextId === this.isolatedContext) this.isolatedContext = undefined
    })
    cdp.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name !== TO_MAIN || this.destroyed) return
      const { channel, args } = JSON.parse(payload) as { channel: string; args: unknown[] }
      const ofMainFrame = executionContextId === this.isolatedContext
      this.world.toMain({ sender: this, senderFrame: ofMainFrame ? this.mainFrame : null }, channel, args)
    })
    await cdp.send('Page.enable')
    await cdp.send('Runtime.enable')
    await cdp.send('Runtime.addBinding', { name: TO_MAIN, executionContextName: ISOLATED_WORLD })
    const secret = randomBytes(12).toString('hex')
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: pageWorldScript(secret) })
    if (this.webPreferences.preload)
      await cdp.send('Page.addScriptToEvaluateOnNewDocument', {
        source: isolatedWorldScript(secret, readPreload(this.webPreferences.preload)),
        worldName: ISOLATED_WORLD,
      })
    return page
  }

  private schemes(): ReadonlySet<string> {
    return new Set(this.world.protocol.schemes.keys())
  }

  private refuseWhenDestroyed(): void {
    if (this.destroyed) throw new TypeError('Object has been destroyed')
  }
}

/** The preload's text; a sandboxed page takes one CommonJS file at an absolute path. */
export function readPreload(file: string): string {
  if (!path.isAbsolute(file)) throw new Error(`preload must have absolute path: ${file}`)
  const text = readFileSync(file, 'utf8')
  if (/^\s*(import|export)\b/m.test(text)) throw new Error('Cannot use import statement outside a module')
  return text
}
