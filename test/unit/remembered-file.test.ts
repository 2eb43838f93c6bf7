import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'
import { rememberedFile } from '../../main/engine/env/remembered-file.ts'

let folder: string
let path: string
let parsed: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstow-remembered-'))
  path = join(folder, 'settings.json')
  parsed = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (admit?: Parameters<typeof rememberedFile>[3]) =>
  rememberedFile(
    nodeFiles,
    path,
    (text) => {
      parsed.push(text)
      return JSON.parse(text) as unknown
    },
    admit,
  )

test('a file is read again when it is another one, and only then', async () => {
  const read = open()
  expect(await read()).toBeUndefined()
  writeFileSync(path, '[1]')
  const first = await read()
  expect(first).toEqual([1])
  expect(await read()).toBe(first)
  expect(parsed).toHaveLength(1)

  // Replaced as a whole by something as long, with the same time.
  writeFileSync(`${path}.new`, '[2]')
  utimesSync(path, 1_000, 1_000)
  utimesSync(`${path}.new`, 1_000, 1_000)
  await read()
  renameSync(`${path}.new`, path)
  expect(await read()).toEqual([2])

  // Edited in place by something as long.
  writeFileSync(path, '[3]')
  expect(await read()).toEqual([3])
  rmSync(path)
  expect(await read()).toBeUndefined()
})

test('what does not parse is said every time, and a file that is mended is read', async () => {
  const read = open()
  writeFileSync(path, '[')
  await expect(read()).rejects.toThrow(SyntaxError)
  await expect(read()).rejects.toThrow(SyntaxError)
  writeFileSync(path, '[4]')
  expect(await read()).toEqual([4])
})

test('a file that is not admitted is not read', async () => {
  writeFileSync(path, '[5]')
  const read = open(({ sizeBytes }) => {
    if (sizeBytes > 2) throw new RangeError('too large')
  })
  await expect(read()).rejects.toThrow(RangeError)
  expect(parsed).toEqual([])
})
