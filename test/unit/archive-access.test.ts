import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Format, type Ground, layGround } from './app-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
  await ground.addPlace('one')
})
afterEach(() => ground.close())

const inSource = (...names: string[]): string => join(ground.source, ...names)
const inPlace = (name: string, place = 'one'): string => join(ground.placePath(place), 'archives', name)
const cached = (name: string): string => join(ground.home, 'cache', 'indexes', name)
const hex = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const backUp = (format: Format = 'archive'): Promise<string> => ground.backedUp(format)

async function read(id: string, path: string, offset = 0, length = 4_194_304): Promise<Buffer> {
  const { base64 } = await ground.client.call('backup.read', { id, path, offset, length })
  return Buffer.from(base64, 'base64')
}

const names = async (id: string, folder = ''): Promise<string[]> =>
  (await ground.client.call('backup.files', { id, folder })).entries.map((entry) => entry.path)

const versions = (backupId: string, path: string) =>
  ground.client.call('restore.versions', { backupId, path })

/** Half text, half noise, so that some blocks are stored. */
function content(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[at] = at < length / 2 ? 97 + ((state >>> 16) % 5) : state >>> 16
  }
  return bytes
}

describe('an archive', () => {
  it('is listed, read in pieces, compared and searched as a snapshot is', async () => {
    const big = content(2_500_000)
    writeFileSync(inSource('folder', 'big.bin'), big)
    writeFileSync(inSource('gone.txt'), 'gone')
    execFileSync('ln', [inSource('b.txt'), inSource('same.txt')])
    const first = await backUp()
    rmSync(inSource('gone.txt'))
    writeFileSync(inSource('folder', 'a.txt'), 'other\n')
    writeFileSync(inSource('new.txt'), 'new')
    const second = await backUp()
    const listing = () => ground.client.call('backup.files', { id: first, folder: 'source' })
    const fromIndex = await listing()

    expect(await names(first)).toEqual(['source'])
    expect(await names(first, 'source')).toEqual([
      'source/folder',
      'source/b.txt',
      'source/gone.txt',
      'source/same.txt',
    ])
    expect(await names(second, 'source/folder')).toEqual(['source/folder/a.txt', 'source/folder/big.bin'])
    await expect(names(first, 'source/b.txt')).rejects.toMatchObject({ code: 'invalid-input' })
    for (const [offset, length] of [
      [0, 10],
      [1_048_000, 2_000],
      [2_499_990, 100],
      [2_500_000, 5],
      [0, 2_500_000],
    ] as const)
      expect(
        (await read(first, 'source/folder/big.bin', offset, length)).equals(
          big.subarray(offset, offset + length),
        ),
      ).toBe(true)
    expect((await read(first, 'source/same.txt')).toString()).toBe('second\n')
    await expect(read(first, 'source/folder')).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(read(first, 'source/no')).rejects.toMatchObject({ code: 'invalid-input' })

    const diff = await ground.client.call('backup.diff', { from: first, to: second, limit: 100 })
    expect(diff.entries.map(({ path, change }) => [path, change])).toEqual([
      ['source/folder/a.txt', 'changed'],
      ['source/gone.txt', 'removed'],
      ['source/new.txt', 'added'],
    ])
    // By now it comes from the book of names, and says the same.
    expect(await listing()).toEqual(fromIndex)
    const { matches } = await ground.client.call('backup.find', { name: 'gone' })
    expect(matches).toMatchObject([{ path: 'source/gone.txt', backupId: first, backups: 1, sizeBytes: 4 }])
    const { matches: shared } = await ground.client.call('backup.find', { name: '*.bin' })
    expect(shared).toMatchObject([{ path: 'source/folder/big.bin', backupId: second, backups: 2 }])
    expect(
      await ground.client.call('restore.preview', { backupId: second, path: 'source/b.txt' }),
    ).toMatchObject({ text: 'second\n' })
  })

  it('and a snapshot of the same content are one version, whatever their order', async () => {
    const path = 'source/folder/a.txt'
    const a = await backUp()
    await backUp('snapshot')
    writeFileSync(inSource('folder', 'a.txt'), 'FIRST\n')
    // The same size and time: only the content tells.
    const { atime, mtime } = statSync(inSource('b.txt'))
    utimesSync(inSource('folder', 'a.txt'), atime, mtime)
    const c = await backUp()
    const d = await backUp('snapshot')
    for (const id of [a, c, d]) {
      const found = await versions(id, path)
      expect(found.map(({ backupId, backups }) => [backupId, backups])).toEqual([
        [d, 2],
        [expect.any(String), 2],
      ])
    }
    // Another source of the same name is another file.
    rmSync(inSource('folder'), { recursive: true })
    const elsewhere = join(ground.base, 'elsewhere', 'source', 'folder')
    mkdirSync(elsewhere, { recursive: true })
    writeFileSync(join(elsewhere, 'a.txt'), 'somebody else’s')
    const run = await ground.done(
      ground.client.call('backup.start', {
        paths: [join(ground.base, 'elsewhere', 'source')],
        format: 'archive',
      }),
    )
    expect(await versions(run.backup!.id, path)).toMatchObject([{ backupId: run.backup!.id, backups: 1 }])
    expect(await versions(a, path)).toHaveLength(2)
  })

  it('whose index is gone everywhere gets it again as it was, and a check puts it back', async () => {
    const big = content(3_300_000)
    writeFileSync(inSource('folder', 'big.bin'), big)
    const id = await backUp()
    const index = `${id}_index.ndjson.gz`
    const before = gunzipSync(readFileSync(inPlace(index)))
    const lose = (): void => {
      rmSync(inPlace(index), { force: true })
      rmSync(cached(index), { force: true })
    }
    lose()
    await ground.restart()
    expect(
      (await read(id, 'source/folder/big.bin', 3_000_000, 999)).equals(big.subarray(3e6, 3_000_999)),
    ).toBe(true)
    expect(gunzipSync(readFileSync(cached(index))).toString()).toBe(before.toString())
    expect(readdirSync(join(ground.home, 'cache', 'indexes'))).toEqual([index])
    // One of another archive, whole in itself, is none.
    writeFileSync(inSource('folder', 'big.bin'), 'other')
    const other = await backUp()
    lose()
    writeFileSync(inPlace(index), readFileSync(inPlace(`${other}_index.ndjson.gz`)))
    await ground.restart()
    expect((await read(id, 'source/folder/big.bin', 5, 10)).equals(big.subarray(5, 15))).toBe(true)
    lose()
    writeFileSync(inPlace(index), 'no index')
    await ground.done(ground.client.call('backup.verify', { id }))
    expect(gunzipSync(readFileSync(inPlace(index))).equals(before)).toBe(true)
    await ground.restart()
    expect(await names(id, 'source/folder')).toHaveLength(2)
  })

  it('of another program is read from its start, once to know what is in it', async () => {
    const id = 'unified_backup_20200102_030405'
    const big = content(1_500_000, 7)
    writeFileSync(inSource('folder', 'big.bin'), big)
    mkdirSync(join(ground.placePath('one'), 'archives'), { recursive: true })
    execFileSync('tar', ['-czf', inPlace(`${id}.tar.gz`), '-C', ground.base, 'source'])
    const bytes = readFileSync(inPlace(`${id}.tar.gz`))
    const metadata = {
      backup_id: id,
      timestamp: '2020-01-02T03:04:05Z',
      filename: `${id}.tar.gz`,
      size_bytes: bytes.length,
      checksum: createHash('md5').update(bytes).digest('hex'),
      format: 'tar.gz',
      files_backed_up: 3,
      cloud_sync_status: 'synced',
      cloud_path: null,
    }
    writeFileSync(inPlace(`${id}_metadata.json`), JSON.stringify(metadata))
    await ground.done(ground.client.call('catalogue.rebuild', {}))
    expect(await names(id, 'source')).toEqual(['source/folder', 'source/b.txt'])
    for (const offset of [0, 1_000_000, 400_000])
      expect(
        (await read(id, 'source/folder/big.bin', offset, 1_000)).equals(big.subarray(offset, offset + 1_000)),
      ).toBe(true)
    expect(await versions(id, 'source/folder/big.bin')).toMatchObject([
      { backupId: id, sizeBytes: 1_500_000 },
    ])
    expect(readdirSync(join(ground.placePath('one'), 'archives')).sort()).toEqual([
      `${id}.tar.gz`,
      `${id}_metadata.json`,
    ])
    const run = await ground.done(
      ground.client.call('restore.start', {
        backupId: id,
        paths: ['source/b.txt'],
        into: join(ground.base, 'to'),
      }),
    )
    expect(run).toMatchObject({ state: 'done', restore: { restored: 1 } })
    expect(readFileSync(join(ground.base, 'to', 'source', 'b.txt'), 'utf8')).toBe('second\n')
  })

  it('is read from the next copy where the nearest is damaged, and never wrongly', async () => {
    await ground.addPlace('two')
    const big = content(2_200_000, 3)
    writeFileSync(inSource('folder', 'big.bin'), big)
    const run = await ground.done(
      ground.client.call('backup.start', { paths: [ground.source], format: 'archive' }),
    )
    const id = run.backup!.id
    const spoil = (place: string): void => {
      const path = inPlace(`${id}.tar.gz`, place)
      const bytes = readFileSync(path)
      // In stored noise, where no decompression would notice.
      bytes[bytes.length - 300_000]! ^= 1
      writeFileSync(path, bytes)
    }
    spoil('one')
    expect(hex(await read(id, 'source/folder/big.bin'))).toBe(hex(big))
    spoil('two')
    // What was proven before is still known, even after a new start; without the cache nothing is.
    await ground.restart()
    expect(hex(await read(id, 'source/folder/big.bin'))).toBe(hex(big))
    await ground.app.stop()
    rmSync(join(ground.home, 'cache', 'data'), { recursive: true })
    await ground.restart()
    await expect(read(id, 'source/folder/big.bin', 1_100_000, 1_000_000)).rejects.toMatchObject({
      code: 'archive-damaged',
    })
    expect((await read(id, 'source/b.txt')).toString()).toBe('second\n')
  })

  it('that is brought to a place again gets its index from beside another copy', async () => {
    await ground.addPlace('two')
    const id = await backUp()
    const index = `${id}_index.ndjson.gz`
    const before = readFileSync(inPlace(index))
    rmSync(inPlace(`${id}.tar.gz`, 'two'))
    rmSync(inPlace(index, 'two'))
    rmSync(cached(index))
    await ground.done(ground.client.call('backup.verify', { id }))
    expect(existsSync(inPlace(index, 'two'))).toBe(false)
    await ground.done(ground.client.call('backup.push', { id }))
    expect(readFileSync(inPlace(index, 'two')).equals(before)).toBe(true)
  })

  it('with a large index is read and restored from by little of it', async () => {
    for (let folder = 0; folder < 20; folder++) {
      mkdirSync(inSource(`d${folder}`))
      for (let n = 0; n < 400; n++) writeFileSync(inSource(`d${folder}`, `file ${n}`), `${folder}/${n}`)
    }
    const id = await backUp()
    const index = `${id}_index.ndjson.gz`
    expect(statSync(inPlace(index)).size).toBeGreaterThan(256 * 1024)
    rmSync(cached(index))
    await ground.restart()
    expect((await read(id, 'source/d7/file 123')).toString()).toBe('7/123')
    const into = join(ground.base, 'to')
    const order = { backupId: id, paths: ['source/d7/file 5', 'source/d19/file 399'], into }
    const run = await ground.done(ground.client.call('restore.start', order))
    expect(run).toMatchObject({ state: 'done', restore: { restored: 2, failed: [], refused: [] } })
    expect(readFileSync(join(into, 'source/d19/file 399'), 'utf8')).toBe('19/399')
    // Neither needed the index as a whole.
    expect(readdirSync(join(ground.home, 'cache', 'indexes'))).toEqual([])
    const all = await ground.done(
      ground.client.call('restore.start', {
        backupId: id,
        paths: ['source/d3'],
        into: join(ground.base, 'all'),
      }),
    )
    expect(all).toMatchObject({ state: 'done', restore: { restored: 400 } })
  })
})
