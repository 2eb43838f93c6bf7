import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron, type Browser, type Page } from 'playwright-core'
import { FRAME_CHANNEL } from '../../main/contract/index.ts'
import type { WEB_PREFERENCES } from '../../main/hosts/electron/page/security.ts'
import { type Built, buildShell } from './built.ts'
import { StandInFrame } from './stand-in/frames.ts'
import { startBrowser, startShell, until } from './start-shell.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** The shell with its page, on whichever Electron there is. */
export interface LaunchedShell {
  readonly kind: 'Electron' | 'stand-in'
  readonly page: Page
  /** The page's address as a test of this kind reaches it. */
  readonly origin: string
  windowCount(): Promise<number>
  webPreferences(): Promise<Partial<typeof WEB_PREFERENCES>>
  /** What a page is told of a permission that it has not asked for. */
  permission(name: 'geolocation' | 'notifications' | 'camera' | 'microphone'): Promise<string>
  /** What was opened in the browser of the system since the start; nothing really is. */
  openedAddresses(): Promise<readonly string[]>
  /** Hands the shell a frame as if it came from elsewhere. */
  forge(from: ForgedFrame, text: string): Promise<void>
  close(): Promise<void>
}

/** Where a forged frame claims to come from: a frame that is gone, one inside the page, a window that is none of ours. */
export type ForgedFrame = 'gone' | 'sub-frame' | 'other-window'

/** Path of Electron's program, where it could be had. */
function electronProgram(): string | undefined {
  const folder = path.join(root, 'node_modules/electron')
  const note = path.join(folder, 'path.txt')
  if (!existsSync(note)) return undefined
  const program = path.join(folder, 'dist', readFileSync(note, 'utf8'))
  return existsSync(program) ? program : undefined
}

/** Starts the real program where it is present, else the stand-in with a page that only talks through the bridge. */
export async function launchShell(): Promise<LaunchedShell> {
  const program = electronProgram()
  if (!program && process.env.EVERSTOW_REAL_ELECTRON === 'required')
    throw new Error('Electron’s program is not here, and a stand-in would prove nothing')
  const launched = program ? await launchElectron(program) : await launchStandIn()
  console.log(`shell: ${launched.kind}`)
  return launched
}

async function launchElectron(program: string): Promise<LaunchedShell> {
  const home = mkdtempSync(path.join(tmpdir(), 'everstow-home-'))
  const running = await _electron.launch({
    executablePath: program,
    args: [path.join(root, 'dist/program/electron.js'), '--home', home],
  })
  const page = await running.firstWindow()
  await running.evaluate(({ shell }) => {
    const opened: string[] = []
    Object.assign(globalThis, { opened_: opened })
    shell.openExternal = async (address: string) => void opened.push(address)
  })
  return {
    kind: 'Electron',
    page,
    origin: 'app://ui',
    windowCount: () => running.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length),
    webPreferences: () =>
      running.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows()
        if (!window) throw new Error('there is no window')
        // Not in Electron's types: what the page really runs with.
        const contents = window.webContents as unknown as {
          getLastWebPreferences(): Partial<typeof WEB_PREFERENCES>
        }
        return contents.getLastWebPreferences()
      }),
    permission: (name) =>
      page.evaluate(
        async (asked) => (await navigator.permissions.query({ name: asked as PermissionName })).state,
        name,
      ),
    openedAddresses: () =>
      running.evaluate(() => (globalThis as unknown as { opened_: readonly string[] }).opened_),
    forge: (from, text) =>
      running.evaluate(
        ({ BrowserWindow, ipcMain }, [claimed, channel, frame]) => {
          const contents = BrowserWindow.getAllWindows()[0]?.webContents
          if (!contents) throw new Error('there is no window')
          const { mainFrame } = contents
          const inner = { url: mainFrame.url, origin: mainFrame.origin, parent: mainFrame, detached: false }
          const senderFrame =
            claimed === 'gone'
              ? null
              : claimed === 'sub-frame'
                ? { ...inner, isDestroyed: () => false }
                : mainFrame
          const sender = claimed === 'other-window' ? { id: 9_999, mainFrame } : contents
          ipcMain.emit(channel, { sender, senderFrame }, frame)
        },
        [from, FRAME_CHANNEL, text] as const,
      ),
    async close() {
      await running.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function launchStandIn(): Promise<LaunchedShell> {
  const [browser, built]: [Browser, Built] = await Promise.all([
    startBrowser(),
    buildShell({ program: false }),
  ])
  const started = await startShell({ browser, preload: built.preload, args: [] })
  const page = await started.page()
  await until(() => started.standIn.windows()[0]?.isVisible() ?? false)
  return {
    kind: 'stand-in',
    page,
    origin: 'https://ui.app.stand-in.invalid',
    windowCount: async () => started.standIn.windows().length + page.context().pages().length - 1,
    webPreferences: async () =>
      started.standIn.windows()[0]?.options.webPreferences as typeof WEB_PREFERENCES,
    async permission(name) {
      const asked = name === 'camera' || name === 'microphone' ? 'media' : name
      const granted =
        started.standIn.session.checks(null, asked) ||
        (await started.standIn.session.asksFor({} as never, asked))
      return granted ? 'granted' : 'denied'
    },
    openedAddresses: async () => [...started.standIn.shell.openedAddresses],
    async forge(from, text) {
      const { webContents } = started.standIn.windows()[0]!
      const { mainFrame } = webContents
      const inner = new StandInFrame({ address: () => mainFrame.url, parent: mainFrame })
      started.standIn.forge(
        {
          sender: from === 'other-window' ? { id: 9_999 } : webContents,
          senderFrame: from === 'gone' ? null : from === 'sub-frame' ? inner : mainFrame,
        },
        FRAME_CHANNEL,
        text,
      )
    },
    async close() {
      await started.close()
      await browser.close()
      await built.remove()
    },
  }
}
