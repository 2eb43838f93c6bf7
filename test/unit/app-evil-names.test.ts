import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EVIL_NAMES } from '../ground/evil-names.ts'
import { type Ground, layGround } from './app-ground.ts'

let ground: Ground
let folder: string

const below = (path: string, name: Buffer) => Buffer.concat([Buffer.from(`${path}/`), name])
const namesIn = (path: string) =>
  readdirSync(path, { encoding: 'buffer' })
    .map((name) => name.toString('latin1'))
    .sort()
const asText = (names: readonly Buffer[]) => names.map((name) => name.toString('latin1')).sort()

beforeEach(async () => {
  ground = await layGround()
  folder = join(ground.base, 'evil')
  mkdirSync(folder)
  for (const name of EVIL_NAMES) writeFileSync(below(folder, name), name)
})
afterEach(() => ground.close())

test.each(['snapshot', 'archive'] as const)(
  'evil names come back from a %s, byte for byte',
  async (format) => {
    await ground.addPlace('disk')
    const backupId = await ground.backedUp(format, [folder])
    const into = join(ground.base, 'back')
    const { state } = await ground.done(ground.client.call('restore.start', { backupId, into }))
    expect(state).toBe('done')
    const back = join(into, 'evil')
    expect(namesIn(back)).toEqual(asText(EVIL_NAMES))
    for (const name of EVIL_NAMES) expect(readFileSync(below(back, name)).equals(name)).toBe(true)
  },
)

test('evil names that are text go along with a sync, and the others stay', async () => {
  const other = await layGround()
  try {
    const placeId = await ground.addPlace('nas')
    await ground.client.call('sync.add', { name: 'evil', folder, placeId, auto: false })
    const there = await other.client.call('place.add', {
      name: 'nas',
      type: 'local',
      path: ground.placePath('nas'),
    })
    const { code } = await ground.client.call('sync.invite', { placeId })
    await other.client.call('repository.adopt', { placeId: there.id, secret: code })
    const copy = join(other.base, 'evil')
    mkdirSync(copy)
    await other.client.call('sync.add', { name: 'evil', folder: copy, placeId: there.id, auto: false })
    // Names that are no text stay where they are; of two that differ in case alone one gets another name, for the sake of systems that take them for one.
    const goes = asText(EVIL_NAMES.filter((name) => Buffer.from(name.toString()).equals(name)))
    expect(goes.length).toBeGreaterThan(250)
    const contents = async () => {
      for (const each of [ground, other]) await each.done(each.client.call('sync.run', {}))
      return readdirSync(copy, { withFileTypes: true })
        .flatMap((entry) => (entry.isFile() ? [readFileSync(join(copy, entry.name), 'latin1')] : []))
        .filter((content) => goes.includes(content))
        .sort()
    }
    await expect.poll(contents, { timeout: 120_000, interval: 500 }).toEqual(goes)
    const kept = namesIn(copy).filter((name) => goes.includes(name))
    expect(kept.length).toBeGreaterThanOrEqual(goes.length - 2 * 26)
    const here = readdirSync(folder, { encoding: 'buffer' })
    const stayed = EVIL_NAMES.filter((name) => !goes.includes(name.toString('latin1')))
    for (const name of stayed) expect(here.some((each) => each.equals(name))).toBe(true)
  } finally {
    await other.close()
  }
})
