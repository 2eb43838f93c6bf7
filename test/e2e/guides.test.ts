import { afterAll, beforeAll, test } from 'vitest'
import { SLOW } from './cli-run.ts'
import { pagesOf, type Services, startServices } from './guide-pages.ts'
import { type GuideWorld, makeGuideWorld } from './guide-world.ts'

let world: GuideWorld
let services: Services
beforeAll(async () => {
  ;[world, services] = await Promise.all([makeGuideWorld(), startServices()])
}, SLOW.timeout)
afterAll(async () => {
  await services?.close()
  await world?.remove()
})

test('every command of the guide does what the page says', SLOW, async () => {
  for (const page of await pagesOf(world, services)) await world.follow(page)
})
