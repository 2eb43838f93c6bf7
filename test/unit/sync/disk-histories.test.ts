import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import {
  comeToRest,
  createFolderJournal,
  listing,
  openTestDevice,
  pause,
  type TestDevice,
} from './disk-ground.ts'
import { actAtRandom, type Writings } from './disk-person.ts'

const SEEDS = Number(process.env.SYNC_DISK_SEEDS ?? 12)
const FIRST = Number(process.env.SYNC_DISK_FIRST ?? 1)

test(`real folders, people at work in them: equal at rest, and nothing is lost (${SEEDS} histories)`, async () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) await play(seed)
})

async function play(seed: number): Promise<void> {
  const random = createFakeRandom(seed)
  const ground = mkdtempSync(join(tmpdir(), 'everstow-sync-'))
  const devices: TestDevice[] = []
  try {
    for (const name of ['one', 'two', 'three'].slice(0, 2 + random.integer(2)))
      devices.push(await openTestDevice({ name, ground }))
    const writings: Writings = { written: new Set(), destroyed: new Set() }
    let texts = 0
    const newText = () => `t${++texts}.${'x'.repeat(random.integer(30))}`
    let isAtWork = true
    const cycling = devices.map(async (device) => {
      while (isAtWork) {
        await device.cycle()
        await pause(1)
      }
    })
    for (let acts = 20 + random.integer(40); acts > 0; acts--) {
      actAtRandom(random.pick(devices).root, random, writings, newText)
      await pause(random.integer(random.chance(0.1) ? 120 : 15))
    }
    isAtWork = false
    await Promise.all(cycling)
    await comeToRest(devices)
    judge(seed, devices, ground, writings)
  } finally {
    for (const device of devices) device.base.close()
    rmSync(ground, { recursive: true, force: true })
  }
}

function judge(
  seed: number,
  devices: readonly TestDevice[],
  ground: string,
  { written, destroyed }: Writings,
): void {
  const [first, ...others] = devices.map(({ root }) => listing(root).join('\n'))
  for (const other of others) expect(other, `seed ${seed}: folders`).toBe(first)
  for (const { root } of devices)
    expect(readdirSync(join(root, '.everstow/stage')), `seed ${seed}: stage`).toEqual([])
  const kept = new Set<string>()
  for (const folder of [
    join(ground, 'contents'),
    ...devices.map(({ root }) => join(root, '.everstow/versions')),
  ])
    for (const name of readdirSync(folder)) kept.add(textOf(join(folder, name)))
  // What links lead to is in the journal itself.
  for (const { operations } of createFolderJournal(join(ground, 'journal')).batches())
    for (const operation of operations)
      if ('content' in operation && operation.content?.startsWith('>')) kept.add(operation.content.slice(1))
  const lost = [...written].filter(
    (text) => !destroyed.has(text) && !kept.has(text) && !first?.includes(text),
  )
  expect(lost, `seed ${seed}: lost`).toEqual([])
}

function textOf(path: string): string {
  return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : readFileSync(path, 'utf8')
}
