import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { connectInProcess, type InProcessClient } from '../../main/app/in-process-client.ts'
import { startHeadless } from '../../main/hosts/headless/start-headless.ts'
import { startBrowser, visit } from '../e2e/window-browser.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { disagree, type Ground, groundAt, liveSixWeeks, PASSPHRASE } from './weeks.ts'

const root = resolve(import.meta.dirname, '../..')
const MOST_BYTES = 250_000

interface Look {
  readonly theme: 'light' | 'dark'
  readonly language: 'en' | 'fr'
}
const plain: Look = { theme: 'light', language: 'en' }
const other: Look = { theme: 'dark', language: 'fr' }
const mixed: Look = { theme: 'dark', language: 'en' }
const mixedToo: Look = { theme: 'light', language: 'fr' }
const everyLook = [plain, other, mixed, mixedToo]

interface Stop {
  readonly name: string
  readonly looks: readonly Look[]
  go(page: Page, client: InProcessClient): Promise<void>
}

const stops: Stop[] = [
  {
    name: 'home',
    looks: [plain, other],
    go: async (page) => {
      await visit(page, 'status')
      await page.getByTestId('thirty-days').waitFor()
    },
  },
  {
    name: 'backups',
    looks: [mixed, mixedToo],
    go: async (page) => {
      await visit(page, 'backups')
      await page.getByTestId('backup-row').first().waitFor()
    },
  },
  {
    name: 'restore',
    looks: [plain, other],
    go: async (page, client) => {
      const { backups } = await client.call('backup.list', { limit: 1, offset: 0 })
      await visit(page, `restore/${backups[0]?.id}`)
      await page.locator('main input[type=radio]').first().waitFor()
    },
  },
]
const conflict: Stop = {
  name: 'conflict',
  looks: [plain, other],
  go: async (page, client) => {
    const [open] = await client.call('sync.conflicts', {})
    await visit(page, `sync/${encodeURIComponent(`conflicts/${open?.id}`)}`)
    await page.getByTestId('line-diff').waitFor()
  },
}

const { values } = parseArgs({
  options: {
    into: { type: 'string', default: join(root, 'docs', 'pictures') },
    'every-look': { type: 'boolean', default: false },
  },
})

const ground = groundAt(mkdtempSync(join(tmpdir(), 'everstow-pictures-')))
try {
  mkdirSync(values.into, { recursive: true })
  await takeAll(ground)
} finally {
  rmSync(ground.base, { recursive: true, force: true })
}

async function takeAll(ground: Ground): Promise<void> {
  await using ends = new AsyncDisposableStack()
  const s3 = ends.adopt(await startS3Server(), (server) => server.close())
  await liveSixWeeks(ground, s3.url)
  const host = ends.adopt(
    await startHeadless({
      home: ground.laptop,
      port: 0,
      rendererFolder: join(root, 'dist', 'renderer'),
      version: '0.1.0',
      locale: 'en',
      keychain: 'off',
      passphrase: PASSPHRASE,
      userHome: ground.person,
    }),
    (running) => running.stop(),
  )
  const client = ends.adopt(connectInProcess(host.app.server, 'admin'), (each) => each.close())
  const browser = ends.adopt(await startBrowser(), (each) => each.close())
  const page = await browser.newPage({
    viewport: { width: 1120, height: 760 },
    deviceScaleFactor: 2,
    reducedMotion: 'reduce',
    locale: 'en-GB',
  })
  page.setDefaultTimeout(60_000)
  await callFoldersAsPeopleDo(page, ground.base)
  await page.goto(host.link())
  await page.getByTestId('hero').waitFor()
  for (const stop of stops) await take(page, client, stop)
  await disagree(ground, client)
  await take(page, client, conflict)
}

/** The folders lie below a temporary one, whose name is nobody's business: the window sees `/home/me` and `/media`. */
function callFoldersAsPeopleDo(page: Page, base: string): Promise<void> {
  return page.routeWebSocket(/\/socket$/, (window) => {
    const host = window.connectToServer()
    window.onMessage((frame) => host.send(String(frame).replaceAll(/"(\/home\/me|\/media\/)/g, `"${base}$1`)))
    host.onMessage((frame) => window.send(String(frame).replaceAll(base, '')))
  })
}

async function take(page: Page, client: InProcessClient, stop: Stop): Promise<void> {
  for (const look of values['every-look'] ? everyLook : stop.looks) {
    await client.call('settings.update', look)
    await page.locator(`html[lang=${look.language}][data-mantine-color-scheme=${look.theme}]`).waitFor()
    await stop.go(page, client)
    await page.waitForFunction(
      () => !document.querySelector('main .mantine-Skeleton-root, main .mantine-Loader-root'),
    )
    const path = join(values.into, `${stop.name}-${look.theme}-${look.language}.png`)
    await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
    const { size } = statSync(path)
    if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MOST_BYTES}`)
    console.log(`${path} ${size}`)
  }
}
