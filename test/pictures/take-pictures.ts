import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { connectInProcess, type InProcessClient } from '../../main/app/in-process-client.ts'
import { startHeadless } from '../../main/hosts/headless/start-headless.ts'
import { visit } from '../e2e/window-browser.ts'
import { startChromium } from '../ground/chromium.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { smallPng } from './small-png.ts'
import { disagree, type Ground, groundAt, liveSixWeeks, PASSPHRASE } from './weeks.ts'

const root = resolve(import.meta.dirname, '../..')
const MOST_BYTES = 250_000

interface Look {
  readonly theme: 'light' | 'dark'
  readonly language: 'en' | 'fr'
}
const lightEnglish: Look = { theme: 'light', language: 'en' }
const darkEnglish: Look = { theme: 'dark', language: 'en' }
const lightFrench: Look = { theme: 'light', language: 'fr' }
const darkFrench: Look = { theme: 'dark', language: 'fr' }
const everyLook = [lightEnglish, darkEnglish, lightFrench, darkFrench]

/** A page worth a picture, how it is kept, and how to get there from anywhere, in any language. */
interface Stop {
  readonly name: string
  readonly looks: readonly Look[]
  go(page: Page, client: InProcessClient): Promise<void>
}

const calmStops: Stop[] = [
  {
    name: 'home',
    looks: [lightEnglish, darkFrench],
    go: async (page) => {
      await visit(page, 'status')
      await page.getByTestId('thirty-days').waitFor()
    },
  },
  {
    name: 'backups',
    looks: [darkEnglish],
    go: async (page) => {
      await visit(page, 'backups')
      await page.getByTestId('backup-row').first().waitFor()
    },
  },
  {
    name: 'restore',
    looks: [lightEnglish, darkFrench],
    go: async (page) => {
      await visit(page, 'restore')
      await page.locator('main label[for$="-search"]').click()
      const search = page.getByTestId('file-search')
      await search.getByRole('textbox').fill('budget')
      await search.getByRole('listitem').getByRole('button').nth(1).click()
      await page.getByTestId('basket').getByRole('listitem').waitFor()
    },
  },
  {
    name: 'storage',
    looks: [lightEnglish],
    go: async (page) => {
      await visit(page, 'storage')
      await page.getByTestId('treemap').waitFor()
    },
  },
  {
    name: 'folders',
    looks: [darkFrench],
    go: async (page) => {
      await visit(page, 'storage')
      const map = page.getByTestId('treemap')
      await map.getByRole('button').first().click()
      await map.getByRole('button').nth(2).waitFor()
      await map.evaluate((drawn) => drawn.scrollIntoView({ block: 'center' }))
    },
  },
]
const conflict: Stop = {
  name: 'conflict',
  looks: [lightEnglish],
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
const sweep = (): void => rmSync(ground.base, { recursive: true, force: true })
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    sweep()
    process.exit(1)
  })
try {
  mkdirSync(values.into, { recursive: true })
  await takeAll(ground)
} finally {
  sweep()
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
  const browser = ends.adopt(await startChromium({ isWhole: true }), (each) => each.close())
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
  for (const stop of calmStops) await take(page, client, stop)
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
    await visit(page, 'places')
    await stop.go(page, client)
    await page.mouse.move(0, 0)
    await page.waitForFunction(
      () => !document.querySelector('main .mantine-Skeleton-root, main .mantine-Loader-root'),
    )
    const path = join(values.into, `${stop.name}-${look.theme}-${look.language}.png`)
    const png = smallPng(await page.screenshot({ animations: 'disabled', caret: 'hide' }))
    if (png.length > MOST_BYTES) throw new Error(`${path} has ${png.length} bytes, more than ${MOST_BYTES}`)
    writeFileSync(path, png)
    console.log(`${path} ${png.length}`)
  }
}
