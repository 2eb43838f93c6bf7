import { chmodSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Folder } from '../../../main/engine/backup/snapshot/scan/folder.ts'
import { XattrReader } from '../../../main/engine/backup/snapshot/scan/xattr-reader.ts'
import {
  NOT_TEXT,
  type SystemXattrs,
  systemXattrs,
} from '../../../main/engine/env/node/xattrs/system-xattrs.ts'
import { listFolderByBytes } from '../../../main/engine/sources/files/list-folder.ts'
import type { SkippedItem } from '../../../main/engine/sources/files/skipped-items.ts'
import { setXattrs, whyNoXattrs } from '../../ground/real-xattrs.ts'
import { at } from './ground.ts'

const whyNot = whyNoXattrs('user.')

const fails = (code: string) => (): never => {
  throw Object.assign(new Error('refused'), { code })
}

/** A reader over calls that behave like some other system. */
function readerOver(calls: Partial<SystemXattrs>) {
  const skipped: SkippedItem[] = []
  const quiet: SystemXattrs = { list: () => [], get: () => undefined, set: () => undefined }
  const reader = new XattrReader({ ...quiet, ...calls }, (item) => skipped.push(item))
  writeFileSync(at('file'), '')
  const read = () => reader.read(at('file'), lstatSync(at('file'), { bigint: true }))
  return { read, skipped }
}

describe('what cannot be read', () => {
  test.each(['ENOENT', 'ENOTSUP', 'EPERM', 'EACCES'])('%s is worth no word', (code) => {
    const list = readerOver({ list: fails(code) })
    expect(list.read()).toEqual([])
    expect(list.skipped).toEqual([])
    const get = readerOver({
      list: () => ['user.a', 'user.b'],
      get: (_path, name) => (name === 'user.a' ? fails(code)() : Buffer.from('kept')),
    })
    expect(get.read()).toEqual([{ name: Buffer.from('user.b'), value: Buffer.from('kept') }])
    expect(get.skipped).toEqual([])
  })

  test('a broken disk is named', () => {
    const { read, skipped } = readerOver({ list: () => ['user.a'], get: fails('EIO') })
    expect(read()).toEqual([])
    expect(skipped).toEqual([{ path: at('file'), reason: 'attributes', code: 'EIO' }])
  })

  test('more than 4 MiB is left out and named', () => {
    const most = 4 * 1024 * 1024
    for (const [bytes, isKept] of [
      [most - 'user.a'.length, true],
      [most, false],
    ] as const) {
      const { read, skipped } = readerOver({ list: () => ['user.a'], get: () => Buffer.alloc(bytes) })
      expect(read().length).toBe(isKept ? 1 : 0)
      expect(skipped.map(({ code }) => code)).toEqual(isKept ? [] : ['E2BIG'])
    }
  })
})

describe.skipIf(whyNot)(`names that are not text${whyNot ? `: ${whyNot}` : ''}`, () => {
  const { PATH } = process.env
  const processes = (): number => readFileSync(at('processes'), 'utf8').length

  beforeEach(() => {
    // Counts how often the program is started.
    mkdirSync(at('bin'))
    writeFileSync(
      at('bin/xargs'),
      `#!/bin/sh\nprintf x >> '${at('processes')}'\nPATH='${PATH}' exec xargs "$@"\n`,
    )
    chmodSync(at('bin/xargs'), 0o755)
    writeFileSync(at('processes'), '')
    process.env.PATH = `${at('bin')}:${PATH}`
  })
  afterEach(() => {
    process.env.PATH = PATH
  })

  function open() {
    const calls = systemXattrs()
    if (!calls) throw new Error('no native code here')
    const skipped: SkippedItem[] = []
    const reader = new XattrReader(calls, (item) => skipped.push(item))
    const read = (path: string | Buffer) => reader.read(path, lstatSync(path, { bigint: true }))
    return { reader, read, skipped }
  }

  test('one process asks for the names of a folder, and one for each that has just changed', async () => {
    mkdirSync(at('src'))
    const paths = Array.from({ length: 300 }, (_, i) =>
      Buffer.concat([Buffer.from(at('src', `${i}-`)), Buffer.from([0xff])]),
    )
    for (const path of paths) writeFileSync(path, '')
    setXattrs(paths.map((path, i) => [path, 'user.number', `${i}`]))
    await new Promise((resolve) => setTimeout(resolve, 2100))
    const { reader, read, skipped } = open()
    const folder: Folder = {
      root: 0,
      fsPath: at('src'),
      path: Buffer.alloc(0),
      below: '',
      take: 'all',
      layers: [],
    }
    const sorted = listFolderByBytes(at('src'))
    reader.enter(folder, sorted)
    const numberOf = (path: Buffer) =>
      read(path).map(({ name, value }) => `${Buffer.from(name)}=${Buffer.from(value)}`)
    // The first that is asked for is not always the first of the folder.
    const inOrder = sorted.map(({ bytes }) => Buffer.concat([Buffer.from(at('src', '/')), bytes as Buffer]))
    for (const path of inOrder.slice(3, 250))
      expect(numberOf(path)).toEqual([
        `user.number=${Number.parseInt(path.toString('latin1').split('/').at(-1) ?? '', 10)}`,
      ])
    expect(processes()).toBe(1)
    const late = inOrder[280] as Buffer
    setXattrs([[late, 'user.number', 'changed after it was asked']])
    expect(numberOf(late)).toEqual(['user.number=changed after it was asked'])
    expect(processes()).toBe(2)
    expect(skipped).toEqual([])
  })

  test('names that are text need none', () => {
    writeFileSync(at('plain'), '')
    setXattrs([[at('plain'), 'user.ü', 'x']])
    const { read } = open()
    expect(read(at('plain'))).toEqual([{ name: Buffer.from('user.ü'), value: Buffer.from('x') }])
    expect(processes()).toBe(0)
  })

  test('without the program, an attribute whose name is not text is missed and named', () => {
    writeFileSync(at('odd'), '')
    setXattrs([[at('odd'), Buffer.from('user.\xff', 'latin1'), 'x']])
    process.env.PATH = at('nowhere')
    const { read, skipped } = open()
    expect(read(at('odd'))).toEqual([])
    expect(skipped).toEqual([{ path: at('odd'), reason: 'attributes', code: NOT_TEXT }])
  })
})
