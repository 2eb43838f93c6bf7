import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { connectInProcess } from '../../main/app/in-process-client.ts'
import { type HeadlessHost, startHeadless } from '../../main/hosts/headless/start-headless.ts'
import { startChromium } from '../ground/chromium.ts'
import { type Azurite, startAzurite } from '../servers/azurite/index.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { makeNewcomersTree } from './newcomer-tree.ts'
import { PATIENCE_MS } from './window-browser.ts'

/**
 * A new user, from nothing: first run in the window, three places of three kinds, a backup of twenty thousand files, the loss of the
 * folder, and everything back as it was. The host, the engine, the servers and the browser are real.
 */
const root = resolve(import.meta.dirname, '../..')
const pictures = join(root, 'test-results', 'newcomer')
let base: string
let host: HeadlessHost
let s3: S3Server
let azurite: Azurite
let browser: Browser
let page: Page
const complaints: string[] = []

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'everstow-newcomer-'))
  makeNewcomersTree(join(base, 'user', 'Documents'))
  mkdirSync(join(base, 'disk'))
  mkdirSync(pictures, { recursive: true })
  ;[s3, azurite, browser] = await Promise.all([
    startS3Server(),
    startAzurite(),
    startChromium({ isWhole: true }),
  ])
  await azurite.createContainer('newcomer')
  host = await startHeadless({
    home: join(base, 'home'),
    port: 0,
    rendererFolder: join(root, 'dist', 'renderer'),
    version: '0.0.0-test',
    locale: 'en',
    keychain: 'off',
    userHome: join(base, 'user'),
  })
  page = await browser.newPage({
    viewport: { width: 1240, height: 900 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
  })
  page.setDefaultTimeout(PATIENCE_MS)
  page.on('console', (message) => {
    if (message.type() === 'error' || message.text().includes('Content Security Policy'))
      complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
})

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  const picture = join(pictures, 'failed.png')
  await page.screenshot({ path: picture, fullPage: true })
  console.log(`seen when it failed: ${picture}`, complaints)
})

afterAll(async () => {
  await browser?.close()
  await host?.stop()
  await azurite?.stop()
  await s3?.close()
  rmSync(base, { recursive: true, force: true })
})

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })

test('a newcomer gets everything back', async () => {
  await page.goto(host.link())
  await button('Create my first backup').click()

  // What? The Documents folder is suggested and ticked, and measured.
  await page.getByTestId('total').getByText('20,012 files').waitFor()
  await button('Next').click()

  // Where? A disk, S3 and Azure, each tested for real.
  await page.getByRole('button', { name: /^Disk or network folder/ }).click()
  await fill({ Folder: join(base, 'disk') })
  await testAndAdd('Disk')
  await button('Add another place').click()
  await page.getByRole('button', { name: /^Other S3-compatible/ }).click()
  await fill({
    Endpoint: s3.url,
    Bucket: TEST_BUCKET,
    'Access key id': TEST_CREDENTIAL.accessKeyId,
    'Secret access key': TEST_CREDENTIAL.secretAccessKey,
  })
  await testAndAdd('Other S3-compatible')
  await button('Add another place').click()
  await page.getByRole('button', { name: /^Azure Blob Storage/ }).click()
  await fill({ Container: 'newcomer', 'Connection string': azurite.connectionString })
  await testAndAdd('Azure Blob Storage')

  // It starts at once, and ends with three current copies.
  await button('Start the first backup').click()
  await page.locator('[data-testid=started][data-state=done]').waitFor()
  await button('Show my status').click()
  await page.getByTestId('hero').getByText('3 of 3 copies are current').first().waitFor()

  await takePictures()

  // The disaster.
  const documents = join(base, 'user', 'Documents')
  renameSync(documents, join(base, 'kept'))

  // Back, through the window.
  await page
    .getByRole('link', { name: 'Restore' })
    .or(page.getByRole('button', { name: 'Restore', exact: true }))
    .first()
    .click()
  await restoreEverything()
  const restored = join(base, 'user', 'Documents (restored)', 'Documents')
  expectSameTrees(join(base, 'kept'), restored)
  expect(complaints).toEqual([])
})

async function fill(fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields))
    await page.getByLabel(label, { exact: true }).first().fill(value)
}

async function testAndAdd(place: string): Promise<void> {
  await button('Test').click()
  await page.getByTestId('test-passed').waitFor()
  await button('Add this place').click()
  await page.getByTestId('your-places').getByText(place, { exact: true }).waitFor()
}

async function restoreEverything(): Promise<void> {
  for (let step = 0; step < 3; step++) await button('Next').click()
  await button('Start the restore').click()
  await page.locator('[data-testid=restore-report][data-state=done]').waitFor()
}

/** The status page as it is now, in both themes and both languages, for people to look at. */
async function takePictures(): Promise<void> {
  const client = connectInProcess(host.app.server, 'admin')
  for (const theme of ['dark', 'light'] as const)
    for (const language of ['fr', 'en'] as const) {
      await client.call('settings.update', { theme, language })
      await page.locator(`html[lang=${language}][data-mantine-color-scheme=${theme}]`).waitFor()
      await page.screenshot({ path: join(pictures, `status-${theme}-${language}.png`) })
    }
  client.close()
}

/** Contents, kinds, modes, link targets; times within a microsecond, which is as exactly as Node.js can set them. */
function expectSameTrees(expected: string, actual: string): void {
  execFileSync('diff', ['-r', '--no-dereference', expected, actual])
  const [before, after] = [factsOf(expected), factsOf(actual)]
  const kinds = (facts: Facts) => new Map([...facts].map(([path, { kind }]) => [path, kind]))
  expect(kinds(after)).toEqual(kinds(before))
  const moved = [...before].filter(([path, { timeNs }]) => {
    const off = timeNs - (after.get(path)?.timeNs ?? 0n)
    return off > 1_000n || off < -1_000n
  })
  expect(moved).toEqual([])
}

type Facts = Map<string, { readonly kind: string; readonly timeNs: bigint }>

function factsOf(folder: string): Facts {
  const output = execFileSync('find', ['.', '-printf', '%P\\0%y %m %l\\0%T@\\0'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  }).split('\0')
  const facts: Facts = new Map()
  for (let at = 0; at + 2 < output.length; at += 3) {
    const [path = '', kind = '', time = ''] = output.slice(at, at + 3)
    const [seconds = '0', fraction = ''] = time.split('.')
    facts.set(path, { kind, timeNs: BigInt(seconds + fraction.slice(0, 9).padEnd(9, '0')) })
  }
  return facts
}
