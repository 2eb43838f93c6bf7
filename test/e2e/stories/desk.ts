import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, expect } from 'vitest'
import { connectInProcess, type InProcessClient } from '../../../main/app/in-process-client.ts'
import type { PlaceInput, Settings } from '../../../main/contract/index.ts'
import { type HeadlessHost, startHeadless } from '../../../main/hosts/headless/start-headless.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../../servers/s3/server.ts'
import { atRest, axeFindings, openPage, picture } from '../window-browser.ts'
import { browserOfFile } from '../window-fixture.ts'

/** A computer with a person at it: a home folder, a real engine, a window onto it. */
export interface Desk {
  readonly home: string
  readonly page: Page
  readonly host: HeadlessHost
  /** What the person does not do by hand in this story: arranged before it begins. */
  readonly client: InProcessClient
  /** A path below the person's home. */
  path(...parts: string[]): string
  /** Writes a file below the person's home. */
  write(path: string, content: string | Buffer): void
  button(name: string | RegExp): Locator
  /** Types into the fields of these labels. */
  fill(fields: Readonly<Record<string, string>>): Promise<void>
  /** Keeps the documents at these places, with nothing backed up yet; gives the places' ids. */
  keepDocumentsAt(...places: readonly PlaceInput[]): Promise<string[]>
  /** The status page's sentence, once it says this. */
  verdict(words: string | RegExp): Promise<void>
  /** The last look: a picture, nothing that axe finds, nothing that the console complains of. */
  look(name: string): Promise<void>
  /** Ends the engine and the window. */
  leave(): Promise<void>
}

export interface Story {
  /** A computer; `settings` are as the person has chosen them long ago. */
  desk(name?: string, settings?: Partial<Settings>): Promise<Desk>
  /** A folder that all computers of the story can reach, such as a network drive. */
  path(...parts: string[]): string
}

/** One browser for the stories of a file. What a story begins is taken away after it; where the next one `goesOn` with it, after the last. */
export function storiesOfFile({ goesOn = false } = {}): { begin(): Story; s3(): Promise<S3Server> } {
  const parts = browserOfFile()
  const ends: (() => unknown)[] = []
  const pages = new Set<Page>()
  const clear = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  if (goesOn) afterAll(clear)
  else afterEach(clear)
  // How a story that broke off left its windows; hooks run from the last to the first.
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return
    for (const page of pages)
      if (!page.isClosed()) await picture(page, `story-broken-${task.name.split(/[^a-z ]/i)[0]}`)
  })

  return {
    begin() {
      const base = mkdtempSync(join(tmpdir(), 'everstow-story-'))
      ends.push(() => rmSync(base, { recursive: true, force: true }))
      return {
        path: (...words) => join(base, ...words),
        async desk(name = 'ada', settings = {}) {
          const { browser, folder } = parts()
          const home = join(base, name)
          mkdirSync(home, { recursive: true })
          const host = await startHeadless({
            home: join(home, '.everstow'),
            port: 0,
            rendererFolder: folder,
            version: '0.0.0-test',
            locale: 'en',
            keychain: 'off',
            userHome: home,
          })
          const client = connectInProcess(host.app.server, 'admin')
          if (Object.keys(settings).length > 0) await client.call('settings.update', settings)
          const { page, complaints } = await openPage(browser, { width: 1240, height: 860 })
          pages.add(page)
          const leave = async () => {
            await page.close()
            await host.stop()
          }
          ends.push(leave)
          await page.goto(host.link())
          return deskOf({ home, host, client, page, complaints, leave })
        },
      }
    },
    async s3() {
      const server = await startS3Server({ seed: 6 })
      ends.push(() => server.close())
      return server
    },
  }
}

/** A bucket at a server, as a place. */
export function cloudAt({ url, region }: { readonly url: string; readonly region: string }): PlaceInput {
  const secrets = { ...TEST_CREDENTIAL }
  return { name: 'Cloud', type: 's3', bucket: TEST_BUCKET, endpoint: url, region, secrets }
}

function deskOf({
  complaints,
  ...parts
}: Pick<Desk, 'home' | 'host' | 'client' | 'page' | 'leave'> & { complaints: readonly string[] }): Desk {
  const { home, page } = parts
  return {
    ...parts,
    path: (...words) => join(home, ...words),
    write(path, content) {
      mkdirSync(dirname(join(home, path)), { recursive: true })
      writeFileSync(join(home, path), content)
    },
    button: (name) => page.getByRole('button', { name, exact: true }),
    async fill(fields) {
      for (const [label, text] of Object.entries(fields))
        await page.getByLabel(label, { exact: true }).fill(text)
    },
    async keepDocumentsAt(...places) {
      const { client } = parts
      const placeIds: string[] = []
      for (const place of places) placeIds.push((await client.call('place.add', place)).id)
      const plan = { name: 'Documents', sources: [join(home, 'Documents')], placeIds }
      await client.call('plan.add', { ...plan, schedule: 'manual', format: 'snapshot' })
      // The window stood open on the first run.
      await page.reload()
      return placeIds
    },
    verdict: (words) => page.getByTestId('hero').getByText(words).waitFor(),
    async look(name) {
      await atRest(page)
      await picture(page, `story-${name}`)
      expect(await axeFindings(page)).toEqual([])
      expect(complaints).toEqual([])
    },
  }
}
