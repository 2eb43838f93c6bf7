import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Built, buildPages, buildShell } from './built.ts'
import { realApp } from './real-app.ts'
import { type StartedShell, startBrowser, startShell, until } from './start-shell.ts'

const root = path.resolve(import.meta.dirname, '../..')
let built: Built
beforeAll(async () => {
  built = await buildShell({ program: true })
})
afterAll(() => built.remove())

describe('the built program', () => {
  test('the preload is one small CommonJS file that asks for electron and nothing else', () => {
    const text = readFileSync(built.preload, 'utf8')
    expect([...text.matchAll(/require\(["']([^"']+)["']\)/g)].map(([, name]) => name)).toEqual(['electron'])
    expect(text).not.toMatch(/^\s*(import|export)\b/m)
    expect(text.length).toBeLessThan(10_000)
  })

  test('every worker that the code starts is there, beside it', () => {
    const folder = path.dirname(built.program)
    const inSource = globSync('main/engine/**/*.ts', { cwd: root }).flatMap((file) => [
      ...readFileSync(path.join(root, file), 'utf8').matchAll(
        /new URL\('\.\/([\w-]+)\.ts', import\.meta\.url\)/g,
      ),
    ])
    const inBundle = globSync('*.js', { cwd: folder }).flatMap((file) => [
      ...readFileSync(path.join(folder, file), 'utf8').matchAll(
        /new URL\("(\.\/[^"]+)", import\.meta\.url\)/g,
      ),
    ])
    expect(inSource.length).toBeGreaterThan(3)
    const names = new Set(inSource.map(([, name]) => name))
    const files = [...new Set(inBundle.map(([, file]) => file ?? ''))]
    expect(new Set(files.map((file) => /^\.\/(.+)-[\w-]{8}\.js$/.exec(file)?.[1]))).toEqual(names)
    for (const file of files) expect(existsSync(path.join(folder, file)), file).toBe(true)
  })

  test('nothing of ours is left to be stripped of types when it runs', () => {
    const text = readFileSync(built.program, 'utf8')
    expect(text).toMatch(/from ["']electron["']/)
    expect(text).not.toMatch(/from ["'][^"']+\.ts["']/)
  })
})

describe('the real window on the real engine', () => {
  let browser: Browser
  let started: StartedShell
  let folder: string
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'everstow-program-'))
    const renderer = path.join(folder, 'renderer')
    await buildPages(renderer)
    mkdirSync(path.join(folder, 'papers'))
    writeFileSync(path.join(folder, 'papers/letter.txt'), 'Dear reader')
    browser = await startBrowser()
    started = await startShell({
      browser,
      preload: built.preload,
      renderer,
      args: [],
      startApp: async (hostCan) => (await realApp(path.join(folder, 'home'), hostCan)).running,
    })
    await until(() => started.standIn.windows().length > 0)
    page = await started.standIn.windows()[0]!.webContents.page
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await until(() => started.standIn.windows()[0]?.isVisible() ?? false)
  })
  afterAll(async () => {
    started.shell?.quitting.now()
    await until(() => started.standIn.app.exitCode !== undefined)
    await started.close()
    await browser.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('comes up through the bridge, under the policy, without a complaint', async () => {
    await expect.poll(() => page.getByRole('button').count()).toBeGreaterThan(0)
    expect(await page.title()).toContain('Everstow')
    await expect
      .poll(() => page.evaluate(() => document.querySelector('style')?.nonce ?? ''))
      .toMatch(/^[\w+/]{22}==$/)
    expect(complaints).toEqual([])
  })

  test('the tray waits calmly while nothing is set up', () => {
    expect(path.basename(started.tray().image)).toBe('waiting-22.png')
    expect(started.tray().menu?.items.map(({ label }) => label)).not.toContain('Back up now')
  })

  test('a folder that is dropped on the first run is among what it protects, ticked', async () => {
    mkdirSync(path.join(folder, 'dropped here'))
    const { webContents } = started.standIn.windows()[0]!
    await page.getByTestId('first-run').waitFor()
    await webContents.drop([path.join(folder, 'dropped here')])
    await page.locator('[data-testid=first-run][data-stage=what]').waitFor()
    const row = page.getByTestId('sources').getByRole('listitem').filter({ hasText: 'dropped here' })
    await expect.poll(() => row.getByRole('checkbox').isChecked()).toBe(true)
    await expect.poll(() => page.getByTestId('drop-area').count()).toBe(0)
    expect(page.url()).toMatch(/index\.html(#.*)?$/)
  })

  test('a backup that the page starts shows in the tray, and ends well', async () => {
    const place = await call<{ id: string }>('place.add', {
      name: 'Disk',
      type: 'local',
      path: path.join(folder, 'disk'),
    })
    await call('plan.add', {
      name: 'Papers',
      sources: [path.join(folder, 'papers')],
      placeIds: [place.id],
      schedule: 'manual',
    })
    await until(() => started.tray().menu?.items.some(({ label }) => label === 'Back up now') ?? false)
    started.tray().menu?.press('Back up now', 'Papers')
    await until(() => /^(Backed up|All backups lie|Keys are kept)/.test(started.tray().tooltip))
    const { total } = await call<{ total: number }>('backup.list', {})
    expect(total).toBe(1)
    expect(started.tray().images.map(({ file }) => path.basename(file))).toContain('working-0-22.png')
    expect(complaints).toEqual([])
  })

  test('later it begins a new plan; one that stands open takes it', async () => {
    const { webContents } = started.standIn.windows()[0]!
    await page.reload()
    await page.getByTestId('hero').waitFor()
    await webContents.drop([path.join(folder, 'papers')])
    const dialog = page.getByRole('dialog', { name: 'New plan' })
    const sources = dialog.getByRole('list', { name: 'Folders' }).getByRole('listitem')
    await expect.poll(() => sources.allTextContents()).toEqual([path.join(folder, 'papers')])
    await dialog.getByLabel('Name').fill('Kept while more is dropped')
    await webContents.drop([path.join(folder, 'dropped here'), path.join(folder, 'papers')])
    await expect.poll(() => sources.count()).toBe(2)
    await expect.poll(() => dialog.getByLabel('Name').inputValue()).toBe('Kept while more is dropped')
    expect(complaints).toEqual([])
  })

  test('what the page makes itself has no path, and what is no file is refused', async () => {
    const said = await page.evaluate(() => {
      const { everstow } = window as unknown as { everstow: { pathOf(file: unknown): string } }
      const tried = (what: unknown): string => {
        try {
          return `"${everstow.pathOf(what)}"`
        } catch (error) {
          return String(error)
        }
      }
      return [new File(['x'], 'papers'), '/etc/passwd', { path: '/etc/passwd' }, null].map(tried)
    })
    expect(said[0]).toBe('""')
    for (const answer of said.slice(1)) expect(answer).toContain('Error')
  })

  /** A call through the page's own bridge. */
  async function call<T>(name: string, input: object): Promise<T> {
    const frame = await page.evaluate(
      ([callName, callInput]) =>
        new Promise<{ t: string; output?: unknown; error?: unknown }>((resolve) => {
          const { everstow } = window as unknown as {
            everstow: {
              send(frame: unknown): void
              onFrame(listen: (frame: { t: string; id?: number }) => void): () => void
            }
          }
          const id = 1_000_000 + Math.floor(performance.now())
          const stop = everstow.onFrame((answer) => {
            if (answer.id !== id) return
            stop()
            resolve(answer)
          })
          everstow.send({ t: 'call', id, name: callName, input: callInput })
        }),
      [name, input] as const,
    )
    if (frame.t !== 'reply') throw new Error(`${name}: ${JSON.stringify(frame.error)}`)
    return frame.output as T
  }
})
