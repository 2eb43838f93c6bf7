import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  createReadStream,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import * as syncFiles from '../../main/engine/env/node/sync-files.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { restoreArchive } from '../../main/engine/restore/archive/restore-archive.ts'
import type { RestoreProgress } from '../../main/engine/restore/restore-options.ts'
import { findTarget } from '../../main/engine/restore/target/target.ts'
import { refusalOf, restoredName } from '../../main/engine/restore/target/target-name.ts'
import { tarEntry, tarOf } from '../formats/hostile-archives/tar-builder.ts'
import { expectClean, folder, restore, sha256, simple, sourceOf, target, text } from './restore-ground.ts'

describe('a round trip', () => {
  it('brings back content, modes, times, links and empty folders as GNU tar packed them', async () => {
    const tree = join(folder, 'tree')
    mkdirSync(join(tree, 'a/b/empty'), { recursive: true })
    writeFileSync(join(tree, 'a/file'), 'content')
    writeFileSync(join(tree, 'a/zero'), '')
    writeFileSync(join(tree, 'script'), '#!/bin/sh', { mode: 0o755 })
    writeFileSync(join(tree, 'secret'), 'x', { mode: 0o600 })
    writeFileSync(join(tree, 'big'), Buffer.alloc(5_000_000, 'pattern'))
    linkSync(join(tree, 'a/file'), join(tree, 'hard'))
    symlinkSync('a/file', join(tree, 'relative'))
    symlinkSync('/nowhere/at/all', join(tree, 'absolute'))
    symlinkSync('../../out', join(tree, 'a/out'))
    chmodSync(join(tree, 'a/b'), 0o555)
    for (const [path, time] of [
      ['a/file', 1_600_000_000.123456],
      ['a/b', 1_500_000_000.5],
      ['big', 1_700_000_000.987654],
      ['a', 1_400_000_000],
    ] as const)
      utimesSync(join(tree, path), time, time)
    const archive = join(folder, 'a.tar.gz')
    execFileSync('tar', ['-czf', archive, '--format', 'posix', '-C', tree, '.'])

    const bytes = readFileSync(archive)
    const report = await restoreArchive({
      source: { sizeBytes: bytes.length, sha256: sha256(bytes), open: () => createReadStream(archive) },
      into: target,
      existing: 'skip',
    })
    expect(report).toMatchObject({
      restored: 9,
      links: 3,
      directories: 3,
      refusedCount: 0,
      failedCount: 0,
      verified: 'sha256',
    })
    expect(report.bytesRead).toBe(bytes.length)
    execFileSync('diff', ['-r', '--no-dereference', tree, target])
    for (const path of [
      'a',
      'a/b',
      'a/b/empty',
      'a/file',
      'a/zero',
      'script',
      'secret',
      'big',
      'relative',
      'absolute',
      'a/out',
    ]) {
      const [was, is] = [
        lstatSync(join(tree, path), { bigint: true }),
        lstatSync(join(target, path), { bigint: true }),
      ]
      expect([path, is.mode]).toEqual([path, was.mode])
      const differenceNs = is.mtimeNs > was.mtimeNs ? is.mtimeNs - was.mtimeNs : was.mtimeNs - is.mtimeNs
      expect(differenceNs).toBeLessThanOrEqual(120n)
    }
    expect(statSync(join(target, 'hard')).ino).toBe(statSync(join(target, 'a/file')).ino)
    expectClean()
  })

  it('drops setuid and setgid unless owners are restored too', async () => {
    const tar = tarOf(
      tarEntry({ name: 'suid', mode: 0o6755, uid: 12_345, gid: 23_456, content: 'x' }),
      tarEntry({ name: 'dir', type: '5', mode: 0o2775, uid: 12_345, gid: 23_456 }),
      tarEntry({ name: 'link', type: '2', linkName: 'suid', uid: 12_345, gid: 23_456 }),
    )
    await restore(gzipSync(tar))
    expect(lstatSync(join(target, 'suid')).mode & 0o7777).toBe(0o755)
    expect(lstatSync(join(target, 'dir')).mode & 0o7777).toBe(0o775)
    if (userId() !== 0) return
    await restore(gzipSync(tar), { into: join(folder, 'owned'), owner: true })
    for (const [path, mode] of [
      ['suid', 0o6755],
      ['dir', 0o2775],
      ['link', 0o777],
    ] as const) {
      const stat = lstatSync(join(folder, 'owned', path))
      expect([path, stat.mode & 0o7777, stat.uid, stat.gid]).toEqual([path, mode, 12_345, 23_456])
    }
  })

  it('makes the target and everything above it, and works through a link to it', async () => {
    const deep = join(folder, 'not/there/yet')
    await restore(simple({ 'a/b': '1' }), { into: deep })
    expect(readFileSync(join(deep, 'a/b'), 'utf8')).toBe('1')
    symlinkSync(deep, join(folder, 'shortcut'))
    const report = await restore(simple({ 'a/c': '2' }), { into: join(folder, 'shortcut') })
    expect(report.into).toBe(deep)
    expect(readFileSync(join(deep, 'a/c'), 'utf8')).toBe('2')
  })

  it('takes the root of a volume for what it is', () => {
    expect(findTarget(syncFiles, '/')).toEqual({ into: '/', base: '/' })
    expect(findTarget(syncFiles, '/no-such-folder/x/')).toEqual({ into: '/no-such-folder/x', base: '/' })
  })

  it('refuses a target that is no folder', async () => {
    writeFileSync(target, 'a file')
    await expect(restore(simple({ a: '1' }))).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(restore(simple({ a: '1' }), { into: 'relative' })).rejects.toMatchObject({
      code: 'invalid-input',
    })
    expect(readFileSync(target, 'utf8')).toBe('a file')
  })
})

describe('verified before visible', () => {
  const gzip = simple({ 'a/one': 'one', two: 'two' })

  it.each([
    ['wrong SHA-256', { sha256: '0'.repeat(64) }],
    ['wrong MD5', { sha256: undefined as never, md5: '0'.repeat(32) }],
    ['wrong size', { sizeBytes: 5 }],
  ])('%s: the target stays as it was', async (_, wrong) => {
    mkdirSync(target)
    writeFileSync(join(target, 'two'), 'mine')
    const { source } = sourceOf(gzip, wrong)
    await expect(restoreArchive({ source, into: target, existing: 'replace' })).rejects.toMatchObject({
      code: 'archive-damaged',
    })
    expect(readdirSync(target)).toEqual(['two'])
    expect(text('two')).toBe('mine')
    await expect(restoreArchive({ source, into: join(folder, 'new'), existing: 'skip' })).rejects.toThrow()
    expect(existsSync(join(folder, 'new'))).toBe(false)
    expectClean()
  })

  it('says what proved it', async () => {
    const md5 = createHash('md5').update(gzip).digest('hex').toUpperCase()
    const old = sourceOf(gzip, { sha256: undefined as never, md5 })
    expect((await restoreArchive({ ...old, into: target, existing: 'skip' })).verified).toBe('md5')
    const bare = sourceOf(gzip, { sha256: undefined as never })
    expect((await restoreArchive({ ...bare, into: target, existing: 'skip' })).verified).toBe('crc')
  })

  it('passes on what the source failed with, and leaves nothing', async () => {
    const failing = (): Readable =>
      Readable.from(
        (async function* () {
          yield gzip.subarray(0, 20)
          throw new EverstowError('throttled', { data: { place: 'r2' }, retryAfterMs: 5 })
        })(),
      )
    const broken = { sizeBytes: gzip.length, open: failing }
    await expect(restoreArchive({ source: broken, into: target, existing: 'skip' })).rejects.toMatchObject({
      code: 'throttled',
      data: { place: 'r2' },
      retryAfterMs: 5,
    })
    const refusing = {
      sizeBytes: gzip.length,
      open: () => {
        throw new EverstowError('object-missing')
      },
    }
    await expect(restoreArchive({ source: refusing, into: target, existing: 'skip' })).rejects.toMatchObject({
      code: 'object-missing',
    })
    expect(existsSync(target)).toBe(false)
    expectClean()
  })

  it('stops a bomb before it fills the disk, and takes the caller’s word for the true size', async () => {
    const bomb = gzipSync(tarOf(tarEntry({ name: 'zeros', content: Buffer.alloc(20_000_000) })))
    await expect(restore(bomb, { limits: { ratioFromBytes: 1_000_000 } })).rejects.toMatchObject({
      code: 'archive-too-large',
    })
    expectClean()
    const small = gzipSync(tarOf(tarEntry({ name: 'zeros', content: Buffer.alloc(1_000_000) })))
    await expect(restore(small, { expectedTarBytes: 500_000 })).rejects.toMatchObject({
      code: 'archive-too-large',
    })
    expect((await restore(small, { expectedTarBytes: 1_001_536 + 512 })).restored).toBe(1)
  })
})

describe('a volume that is too small', () => {
  it('is refused before anything is read, with what is needed and what is free', async () => {
    const gzip = simple({ a: 'a', b: 'b' })
    await expect(restore(gzip, { contentBytes: 2 ** 52 })).rejects.toMatchObject({
      code: 'disk-full',
      data: { reason: 'too-small', neededBytes: 2 ** 52, freeBytes: expect.any(Number), path: target },
    })
    expect(existsSync(target)).toBe(false)
    expectClean()
    // Chosen paths need less than the whole, and what `skip` leaves alone needs nothing.
    expect((await restore(gzip, { contentBytes: 2 ** 52, paths: ['a'] })).restored).toBe(1)
    expect((await restore(gzip, { contentBytes: 2 ** 52, existing: 'skip' })).restored).toBe(1)
  })
})

describe('being watched and stopped', () => {
  it('tells progress and leaves the caller’s thread free', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 2000 }, (_, n) => [`dir${n % 50}/file${n}`, `content ${n}`]),
    )
    const gzip = simple(many)
    const seen: RestoreProgress[] = []
    let beats = 0
    const beat = setInterval(() => beats++, 2)
    await restore(gzip, { onProgress: (progress) => seen.push(progress) })
    clearInterval(beat)
    // Blocked for the whole of the work there would be one at most.
    expect(beats).toBeGreaterThan(5)
    expect(seen.at(-1)).toMatchObject({ phase: 'placing', files: 2000 })
    const read = seen.filter(({ phase }) => phase === 'reading').map(({ bytesRead }) => bytesRead)
    expect(read).toEqual([...read].sort((a, b) => a - b))
    expect(read.at(-1)).toBe(gzip.length)
  })

  it('cancelled: nothing is left, even when the source hangs', async () => {
    const stop = new AbortController()
    const hanging = new Readable({ read() {} })
    hanging.push(simple({ a: 'x' }).subarray(0, 30))
    const source = { sizeBytes: 1000, open: () => hanging }
    const restoring = restoreArchive({
      source,
      into: target,
      existing: 'skip',
      signal: stop.signal,
      onProgress: () => stop.abort(),
    })
    await expect(restoring).rejects.toMatchObject({ code: 'cancelled' })
    expect(hanging.destroyed).toBe(true)
    expect(existsSync(target)).toBe(false)
    expectClean()
    await expect(restore(simple({ a: 'x' }), { signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
  })
})

describe('names on Windows', () => {
  it.each([
    'C:',
    'C:\\x',
    'a\\..\\b',
    'con',
    'a/NUL.txt',
    'com1',
    'x.',
    'x ',
    'a<b',
    'q?',
    'tab\t',
    'stream:$DATA',
    '\0caf\xe9',
  ])('refuses %j', (name) => {
    expect(refusalOf(name, 'C:/target', 'windows')).toBe('unportable-name')
  })
  it.each(['console', 'a.b.c', 'ünï', 'com10', '.hidden', 'a b'])('takes %j', (name) => {
    expect(refusalOf(name, 'C:/target', 'windows')).toBeUndefined()
  })
  it('makes legal new names out of long ones without cutting a character', () => {
    const name = restoredName(Buffer.from(`${'é'.repeat(120)}.text`), '2026-11-21', 12)
    expect(name.length).toBeLessThanOrEqual(255)
    expect(name.toString('utf8')).toMatch(/^é+ \(restored 2026-11-21 12\)\.text$/)
    expect(restoredName(Buffer.from('.bashrc'), '2026-11-21', 1).toString()).toBe(
      '.bashrc (restored 2026-11-21)',
    )
  })
})

function userId(): number {
  return lstatSync(folder).uid
}
