import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SLOW } from './cli-run.ts'
import { blocksOf } from './guide-page.ts'
import { FOLLOWED_ELSEWHERE, pagesOf, type Services, startServices } from './guide-pages.ts'
import { type GuideWorld, isCommands, makeGuideWorld, type Page, root } from './guide-world.ts'

let world: GuideWorld
let services: Services
let pages: readonly Page[]
beforeAll(async () => {
  ;[world, services] = await Promise.all([makeGuideWorld(), startServices()])
  pages = await pagesOf(world, services)
}, SLOW.timeout)
afterAll(async () => {
  await services?.close()
  await world?.remove()
})

test('every page of the guide that has commands is followed, by this test or by one of its own', () => {
  const guide = readdirSync(join(root, 'docs/guide')).map((name) => `docs/guide/${name}`)
  const withCommands = ['README.md', 'docs/guide.md', ...guide].filter((path) =>
    blocksOf(readFileSync(join(root, path), 'utf8')).some(isCommands),
  )
  expect([...pages.map(({ path }) => path), ...Object.keys(FOLLOWED_ELSEWHERE)].sort()).toEqual(
    withCommands.sort(),
  )
  for (const [path, by] of Object.entries(FOLLOWED_ELSEWHERE)) {
    expect(existsSync(join(root, by)), by).toBe(true)
    expect(readFileSync(join(root, by), 'utf8')).toContain(path)
  }
})

// A hundred commands, one after the other.
test('every command of the guide does what its page says', { timeout: 5 * SLOW.timeout }, async () => {
  for (const page of pages) await world.follow(page)
})
