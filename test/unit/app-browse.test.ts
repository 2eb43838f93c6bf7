import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Ground, layGround } from './app-ground.ts'

let ground: Ground
let folder: string
beforeEach(async () => {
  ground = await layGround()
  folder = join(ground.base, 'many')
  mkdirSync(folder)
})
afterEach(() => ground.close())

const browse = (showHidden = false) => ground.client.call('folder.browse', { path: folder, showHidden })

test('of a folder with very many files all its folders are shown, and nobody is told that there are more', async () => {
  for (let at = 0; at < 2_100; at++) writeFileSync(join(folder, `a${at}`), '')
  for (const name of ['zoo', 'bay', '.hidden']) mkdirSync(join(folder, name))
  symlinkSync(ground.base, join(folder, 'link'))
  symlinkSync(join(folder, 'nowhere'), join(folder, 'lost'))
  const { entries, truncated } = await browse()
  expect(entries.filter(({ kind }) => kind === 'directory').map(({ name }) => name)).toEqual([
    'bay',
    'link',
    'zoo',
  ])
  expect(entries.length).toBeLessThanOrEqual(2_000)
  expect(truncated).toBe(false)
  const hidden = (await browse(true)).entries.filter(({ kind }) => kind === 'directory')
  expect(hidden.map(({ name }) => name)).toContain('.hidden')
})

test('of more folders than are shown somebody is told', async () => {
  for (let at = 0; at < 2_001; at++) mkdirSync(join(folder, `a${at}`))
  const { entries, truncated } = await browse()
  expect(entries).toHaveLength(2_000)
  expect(truncated).toBe(true)
})
