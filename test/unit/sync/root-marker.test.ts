import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeFiles } from '../../../main/engine/env/node/node-files.ts'
import { prepareMarker, readMarker, writeMarker } from '../../../main/engine/sync/disk/root-marker.ts'

const MARKER = { spaceId: 'space', deviceId: 'ada', generation: '1' }

let ground: string
beforeEach(() => {
  ground = mkdtempSync(join(tmpdir(), 'everstow-marker-'))
})
afterEach(() => rmSync(ground, { recursive: true, force: true }))

test('a marker is written, and written anew, with nothing else left beside it', async () => {
  const root = join(ground, 'root')
  mkdirSync(root)
  await prepareMarker(root, nodeFiles)
  for (const generation of ['1', '2']) {
    await writeMarker(root, { ...MARKER, generation }, nodeFiles)
    expect(await readMarker(root, nodeFiles)).toEqual({ ...MARKER, generation })
    expect(readdirSync(root).sort()).toEqual(['.everstow', '.everstow-root'])
    expect(readdirSync(join(root, '.everstow'))).toEqual([])
  }
})

test('a folder whose volume went away gets no marker, not even a file that was to become one', async () => {
  const root = join(ground, 'root')
  mkdirSync(root)
  await expect(writeMarker(root, MARKER, nodeFiles)).rejects.toThrow('ENOENT')
  expect(readdirSync(root)).toEqual([])
})

test('a folder that is not there is not made', async () => {
  const root = join(ground, 'root')
  await expect(prepareMarker(root, nodeFiles)).rejects.toMatchObject({ code: 'sync-root-missing' })
  expect(existsSync(root)).toBe(false)
})
