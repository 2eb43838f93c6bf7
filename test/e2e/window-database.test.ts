import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectInProcess } from '../../main/app/in-process-client.ts'
import { type HeadlessHost, startHeadless } from '../../main/hosts/headless/start-headless.ts'
import { startChromium } from '../ground/chromium.ts'
import { type Cluster, startCluster } from '../servers/postgres/cluster.ts'
import { axeFindings, openPage, picture } from './window-browser.ts'

const PASSWORD = 'sesame canary-31d9'
const root = resolve(import.meta.dirname, '../..')

let base: string
let cluster: Cluster
let host: HeadlessHost
let browser: Browser
let page: Page
let complaints: string[]

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'everstow-window-db-'))
  mkdirSync(join(base, 'disk'))
  ;[cluster, browser] = await Promise.all([startCluster({ password: PASSWORD }), startChromium()])
  await cluster.sql('CREATE DATABASE shop; CREATE ROLE seller')
  await cluster.sql('CREATE TABLE orders AS SELECT i FROM generate_series(1, 500) i', 'shop')
  host = await startHeadless({
    home: join(base, 'home'),
    port: 0,
    rendererFolder: join(root, 'dist', 'renderer'),
    version: '0.0.0-test',
    locale: 'en',
    keychain: 'off',
    userHome: base,
  })
  const client = connectInProcess(host.app.server, 'admin')
  const { id } = await client.call('place.add', { name: 'Disk', type: 'local', path: join(base, 'disk') })
  mkdirSync(join(base, 'Documents'))
  await client.call('plan.add', {
    name: 'Documents',
    sources: [join(base, 'Documents')],
    placeIds: [id],
    schedule: 'manual',
  })
  ;({ page, complaints } = await openPage(browser, { width: 1240, height: 1000 }))
})

afterAll(async () => {
  await browser?.close()
  await host?.stop()
  await cluster?.remove()
  rmSync(base, { recursive: true, force: true })
})

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
const field = (name: string) => page.getByRole('textbox', { name, exact: true })

test('a database is added to a plan, backed up, and restored beside the first', async () => {
  await page.goto(host.link())
  await page.getByRole('link', { name: 'Backups' }).or(button('Backups')).first().click()
  await button('New plan').click()
  await field('Name').fill('Shop')
  await button('Add a database').click()
  const dialog = page.getByTestId('add-database')
  await button('Connect and add').click()
  await dialog.getByText('Name the database, or take all of them.').waitFor()
  await field('Server').fill('127.0.0.1')
  await field('Port').fill(String(cluster.port))
  await field('User').fill('tester')
  await field('Database').fill('shop')
  await dialog.getByLabel('Password', { exact: true }).fill('wrong')
  await button('Connect and add').click()
  await dialog.getByText('does not let tester in').waitFor()
  await picture(page, 'database-refused')
  expect(await axeFindings(page)).toEqual([])
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await button('Connect and add').click()
  await page.getByText(cluster.tcpUrl('shop')).first().waitFor()
  await picture(page, 'database-plan')
  await button('Add the plan').click()
  await button('Back up Shop now').click()

  const row = page.getByTestId('backup-row').filter({ hasText: 'Shop' }).first()
  await row.waitFor()
  await row.getByRole('link').click()
  await button('Restore a database…').click()
  const restore = page.getByTestId('restore-database')
  await field('Server').fill('127.0.0.1')
  await field('Port').fill(String(cluster.port))
  await field('User').fill('tester')
  await field('Name of the new database').fill('shop again')
  await picture(page, 'database-restore')
  expect(await axeFindings(page)).toEqual([])
  await restore.getByRole('button', { name: 'Restore', exact: true }).click()
  await page.getByTestId('database-restored').getByText('1 table').waitFor()
  await picture(page, 'database-restored')
  expect(await cluster.sql('SELECT count(*) FROM orders', 'shop again')).toBe('500')
  expect(await page.content()).not.toContain('canary')
  expect(complaints).toEqual([])
})
