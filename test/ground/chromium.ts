import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const WHOLE = '/usr/bin/chromium'
/** The same engine without a browser's own window around it: pages take a third less of the processor. */
const SHELL = '/usr/bin/chromium-headless-shell'

/** How the browser is started. */
export interface ChromiumOptions {
  /** The browser as people have it, for figures, pictures and newcomers. */
  readonly isWhole?: boolean
  readonly more?: readonly string[]
}

/** Debian's Chromium, quiet: no network of its own. `CHROMIUM` names another one. */
export function startChromium({ isWhole = false, more = [] }: ChromiumOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? (!isWhole && existsSync(SHELL) ? SHELL : WHOLE),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}
