import { gzipSync } from 'node:zlib'
import { base256, gnuLong, paxHeader, paxRecord, type RawHeader, tarEntry, tarOf } from './tar-builder.ts'

/**
 * One hostile archive. `error`: reading must fail with this code. `refused`: reading or restoring goes on, and exactly these are named.
 * `restored`: what a restore into an empty folder must leave, with links as `path -> target`.
 */
export interface HostileArchive {
  readonly name: string
  readonly tar: Buffer
  readonly error?: 'archive-damaged' | 'archive-hostile' | 'archive-too-large'
  readonly refused?: readonly string[]
  readonly restored?: readonly string[]
}

/** Where the corpus tries to write to. Tests make it, fill it with a canary and look at it afterwards. */
export interface Outside {
  /** Absolute path of a folder that must stay as it is, holding the file `canary`. */
  readonly folder: string
}

const file = (name: string, content = 'planted', more: Partial<RawHeader> = {}): Buffer =>
  tarEntry({ name, content, ...more })
const folder = (name: string, mode = 0o755): Buffer => tarEntry({ name, type: '5', mode })
const symlink = (name: string, linkName: string): Buffer => tarEntry({ name, type: '2', linkName })
const hardlink = (name: string, linkName: string): Buffer => tarEntry({ name, type: '1', linkName })
const good = file('good.txt', 'good')

/** Every known way in which an archive lied to somebody's extractor; built by hand, byte by byte. */
export function hostileArchives(outside: Outside): HostileArchive[] {
  return [...paths(outside), ...links(outside), ...collisions(), ...headers(), ...endings()]
}

function paths({ folder: out }: Outside): HostileArchive[] {
  const refuse = (name: string, entry: string, reason: string): HostileArchive => ({
    name,
    tar: tarOf(entry.length > 100 ? Buffer.concat([gnuLong('L', entry), file('short')]) : file(entry), good),
    refused: [reason],
    restored: ['good.txt'],
  })
  return [
    refuse('absolute path', `${out}/planted`, 'absolute-path'),
    refuse('many slashes', `///${out}/planted`, 'absolute-path'),
    refuse('parent path', '../outside/planted', 'parent-segment'),
    refuse('parent path inside', 'a/b/../../../outside/planted', 'parent-segment'),
    refuse('parent path that stays inside', 'a/../b', 'parent-segment'),
    refuse('parent at the end', 'a/..', 'parent-segment'),
    refuse('only parent', '..', 'parent-segment'),
    refuse('parent behind dots', './.././planted', 'parent-segment'),
    refuse('unc path', '//server/share/planted', 'absolute-path'),
    refuse('empty name', '', 'empty-name'),
    refuse('staging folder of ours', '.everstow-restore-0123456789abcdef/journal.json', 'reserved-name'),
    {
      name: 'parent path through the ustar prefix',
      tar: tarOf(file('planted', 'x', { prefix: '../../outside' }), good),
      refused: ['parent-segment'],
      restored: ['good.txt'],
    },
    {
      name: 'absolute path in a pax record over an innocent header',
      tar: tarOf(paxHeader({ path: `${out}/planted` }), file('innocent'), good),
      refused: ['absolute-path'],
      restored: ['good.txt'],
    },
    {
      name: 'NUL in a pax path',
      tar: tarOf(paxHeader({ path: 'a.txt\0/../../x' }), file('innocent'), good),
      refused: ['nul-in-name'],
      restored: ['good.txt'],
    },
    {
      name: 'dots and slashes that mean nothing',
      tar: tarOf(folder('./'), file('././a//b/./c'), folder('d///')),
      restored: ['a/', 'a/b/', 'a/b/c', 'd/'],
    },
    {
      name: 'path of almost a mebibyte',
      tar: tarOf(paxHeader({ path: 'n'.repeat(1024 * 1024 - 100) }), file('innocent'), good),
      refused: ['name-too-long'],
      restored: ['good.txt'],
    },
    {
      name: 'folders ten thousand deep',
      tar: tarOf(paxHeader({ path: `${'d/'.repeat(10_000)}f` }), file('innocent'), good),
      refused: ['name-too-long'],
      restored: ['good.txt'],
    },
  ]
}

function links({ folder: out }: Outside): HostileArchive[] {
  return [
    {
      name: 'write through a symlink to a folder',
      tar: tarOf(symlink('x', out), file('x/planted'), good),
      refused: ['through-link'],
      restored: ['good.txt', `x -> ${out}`],
    },
    {
      name: 'write through a symlink to a file',
      tar: tarOf(symlink('x', `${out}/canary`), file('x'), good),
      restored: ['good.txt', 'x'],
    },
    {
      name: 'write through a relative symlink',
      tar: tarOf(symlink('x', '../outside'), file('x/planted')),
      refused: ['through-link'],
      restored: ['x -> ../outside'],
    },
    {
      name: 'chain of symlinks that each look harmless',
      tar: tarOf(folder('a'), symlink('a/b', '..'), symlink('a/b/c', '..'), file('a/b/c/outside/planted')),
      refused: ['through-link', 'through-link'],
      restored: ['a/', 'a/b -> ..'],
    },
    {
      name: 'symlink, then a folder of its name, then a file inside',
      tar: tarOf(symlink('x', out), folder('x'), file('x/planted')),
      restored: ['x/', 'x/planted'],
    },
    {
      name: 'folder replaced by a symlink, then a file inside',
      tar: tarOf(folder('x'), symlink('x', out), file('x/planted')),
      refused: ['kind-conflict'],
      restored: ['x/', 'x/planted'],
    },
    {
      name: 'symlink at the very top',
      tar: tarOf(symlink('./', out), symlink('.', out), file('planted')),
      restored: ['planted'],
    },
    {
      name: 'hard link to a file outside',
      tar: tarOf(hardlink('x', `${out}/canary`), file('x', 'overwrite')),
      refused: ['link-outside'],
      restored: ['x'],
    },
    {
      name: 'hard link out through parents',
      tar: tarOf(hardlink('x', '../outside/canary'), hardlink('y', 'a/../../outside/canary')),
      refused: ['link-outside', 'link-outside'],
      restored: [],
    },
    {
      name: 'hard link through a symlink of the archive',
      tar: tarOf(symlink('s', out), hardlink('x', 's/canary'), file('x', 'overwrite')),
      refused: ['link-outside'],
      restored: [`s -> ${out}`, 'x'],
    },
    {
      name: 'hard link to a symlink, then write to it',
      tar: tarOf(symlink('s', `${out}/canary`), hardlink('x', 's'), file('x', 'overwrite')),
      restored: [`s -> ${out}/canary`, 'x'],
    },
    {
      name: 'hard link to nothing, to itself and to a folder',
      tar: tarOf(folder('d'), hardlink('a', 'nothing'), hardlink('b', 'b'), hardlink('c', 'd')),
      refused: ['link-outside', 'link-outside', 'link-outside'],
      restored: ['d/'],
    },
    {
      name: 'hard link, then new content that must not change the first file',
      tar: tarOf(file('one', 'first'), hardlink('two', 'one'), file('two', 'second')),
      restored: ['one', 'two'],
    },
    {
      name: 'long link target of GNU tar that leads out',
      tar: tarOf(gnuLong('K', `${'../'.repeat(50)}${out}/canary`), hardlink('x', 'short'), good),
      refused: ['link-outside'],
      restored: ['good.txt'],
    },
    {
      name: 'symlinks without a target or with a NUL in it',
      tar: tarOf(symlink('a', ''), paxHeader({ linkpath: 'x\0y' }), symlink('b', 'x')),
      refused: ['empty-name', 'nul-in-name'],
      restored: [],
    },
    {
      name: 'link loop',
      tar: tarOf(symlink('a', 'b'), symlink('b', 'a'), file('a/planted')),
      refused: ['through-link'],
      restored: ['a -> b', 'b -> a'],
    },
  ]
}

function collisions(): HostileArchive[] {
  return [
    {
      name: 'a file where a folder must be',
      tar: tarOf(file('x'), file('x/y'), folder('x')),
      refused: ['kind-conflict', 'kind-conflict'],
      restored: ['x'],
    },
    {
      name: 'a folder where a file must be',
      tar: tarOf(folder('x'), file('x/y'), file('x')),
      refused: ['kind-conflict'],
      restored: ['x/', 'x/y'],
    },
    {
      name: 'the same path many times',
      tar: tarOf(...Array.from({ length: 50 }, (_, n) => file('same', `version ${n}`))),
      restored: ['same'],
    },
    {
      name: 'file and symlink of one path, in both orders',
      tar: tarOf(file('a'), symlink('a', 'good.txt'), symlink('b', 'good.txt'), file('b'), good),
      restored: ['a -> good.txt', 'b', 'good.txt'],
    },
  ]
}

function headers(): HostileArchive[] {
  const withSize = (size: Buffer): Buffer => tarOf(file('x', 'content', { size }), good)
  const devices: readonly string[] = ['3', '4', '6']
  return [
    { name: 'negative size', tar: withSize(base256(-1n, 12)), error: 'archive-hostile' },
    { name: 'most negative size', tar: withSize(base256(-(1n << 94n), 12)), error: 'archive-hostile' },
    { name: 'size of 2^80', tar: withSize(base256(1n << 80n, 12)), error: 'archive-hostile' },
    { name: 'size of 2^53', tar: withSize(base256(1n << 53n, 12)), error: 'archive-hostile' },
    {
      name: 'size of 4 TiB in a small archive',
      tar: withSize(base256(1n << 42n, 12)),
      error: 'archive-damaged',
    },
    { name: 'size that is no number', tar: withSize(Buffer.from('12x4')), error: 'archive-damaged' },
    {
      name: 'negative pax size',
      tar: tarOf(paxHeader({ size: '-512' }), file('x'), good),
      error: 'archive-hostile',
    },
    {
      name: 'pax size beyond numbers',
      tar: tarOf(paxHeader({ size: '99999999999999999999' }), file('x'), good),
      error: 'archive-hostile',
    },
    {
      name: 'pax size that hides an entry from readers of the header',
      tar: tarOf(
        paxHeader({ size: '1536' }),
        file('outer', '', { size: 0 }),
        file('hidden', 'x'.repeat(512)),
        good,
      ),
      error: 'archive-damaged',
    },
    {
      name: 'global name',
      tar: tarOf(paxHeader({ path: 'everything' }, 'g'), good),
      error: 'archive-hostile',
    },
    { name: 'global size', tar: tarOf(paxHeader({ size: '0' }, 'g'), good), error: 'archive-hostile' },
    {
      name: 'pax record longer than its header',
      tar: tarOf(tarEntry({ type: 'x', content: '999 path=x\n' }), good),
      error: 'archive-damaged',
    },
    {
      name: 'pax record of length 0',
      tar: tarOf(tarEntry({ type: 'x', content: '0 path=x\n' }), good),
      error: 'archive-damaged',
    },
    {
      name: 'pax record without an equals sign',
      tar: tarOf(tarEntry({ type: 'x', content: '8 path x\n' }), good),
      error: 'archive-damaged',
    },
    {
      name: 'pax record without its newline',
      tar: tarOf(
        tarEntry({
          type: 'x',
          content: Buffer.concat([paxRecord('path', 'x').subarray(0, -1), Buffer.from(' ')]),
        }),
        good,
      ),
      error: 'archive-damaged',
    },
    {
      name: 'pax header of more than a mebibyte',
      tar: tarOf(paxHeader({ comment: 'c'.repeat(1024 * 1024 + 1) }), good),
      error: 'archive-hostile',
    },
    {
      name: 'pax header that claims 8 GiB',
      tar: tarOf(tarEntry({ type: 'x', size: 8 * 1024 ** 3 - 1 }), good),
      error: 'archive-hostile',
    },
    {
      name: 'GNU long name that claims 8 GiB',
      tar: tarOf(tarEntry({ type: 'L', size: 8 * 1024 ** 3 - 1 }), good),
      error: 'archive-hostile',
    },
    {
      name: 'dangerous words as pax keys',
      tar: tarOf(paxHeader({ __proto__x: 'x', constructor: 'y', toString: 'z', hasOwnProperty: 'w' }), good),
      restored: ['good.txt'],
    },
    {
      name: 'devices and a fifo',
      tar: tarOf(...devices.map((type) => tarEntry({ name: `special${type}`, type })), good),
      refused: devices.map(() => 'device'),
      restored: ['good.txt'],
    },
    {
      name: 'device that claims content',
      tar: tarOf(tarEntry({ name: 'sda', type: '4', size: 512 }), good),
      refused: ['device'],
      restored: ['good.txt'],
    },
    {
      name: 'folder and symlink that claim content',
      tar: tarOf(
        tarEntry({ name: 'd', type: '5', size: 4096 }),
        tarEntry({ name: 's', type: '2', linkName: 'd', size: 99 }),
        good,
      ),
      restored: ['d/', 'good.txt', 's -> d'],
    },
    {
      name: 'regular file that ends with a slash and has content',
      tar: tarOf(file('x/', 'content'), good),
      refused: ['unknown-kind'],
      restored: ['good.txt'],
    },
    {
      name: 'kinds nobody knows',
      tar: tarOf(
        tarEntry({ name: 'a', type: 'Z', content: 'data' }),
        tarEntry({ name: 'b', type: 'V' }),
        good,
      ),
      refused: ['unknown-kind', 'unknown-kind'],
      restored: ['good.txt'],
    },
    {
      name: 'old GNU sparse file with two more blocks of map',
      tar: tarOf(
        tarEntry({
          name: 'holes',
          type: 'S',
          magic: 'gnu',
          size: 5,
          patch: (block) => block.writeUInt8(1, 482),
        }),
        mapBlock(1),
        mapBlock(0),
        Buffer.concat([Buffer.from('xxxxx'), Buffer.alloc(507)]),
        good,
      ),
      refused: ['sparse'],
      restored: ['good.txt'],
    },
    {
      name: 'pax sparse file',
      tar: tarOf(
        paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.name': '../../x' }),
        file('holes', '1\n0\n5\n'),
        good,
      ),
      refused: ['sparse'],
      restored: ['good.txt'],
    },
    {
      name: 'setuid, setgid and sticky',
      tar: tarOf(
        file('suid', 'x', { mode: 0o6755 }),
        folder('sgid', 0o2755),
        file('sticky', 'x', { mode: 0o1644 }),
      ),
      restored: ['sgid/', 'sticky', 'suid'],
    },
    {
      name: 'times at the ends of the world',
      tar: tarOf(
        file('a', 'x', { mtime: base256(-(1n << 80n), 12) }),
        file('b', 'x', { mtime: base256(1n << 80n, 12) }),
        file('c', 'x', { mtime: base256(-1n, 12) }),
        paxHeader({ mtime: `${'9'.repeat(18)}.${'9'.repeat(40)}` }),
        file('d'),
      ),
      restored: ['a', 'b', 'c', 'd'],
    },
    {
      name: 'pax time that is no number',
      tar: tarOf(paxHeader({ mtime: 'NaN' }), good),
      error: 'archive-damaged',
    },
    {
      name: 'ids beyond 32 bits',
      tar: tarOf(file('a', 'x', { uid: base256(-5n, 8), gid: base256(1n << 50n, 8) })),
      restored: ['a'],
    },
  ]
}

function mapBlock(more: 0 | 1): Buffer {
  const block = Buffer.alloc(512)
  block[0] = 0x31
  block[504] = more
  return block
}

function endings(): HostileArchive[] {
  return [
    { name: 'nothing at all', tar: Buffer.alloc(0), error: 'archive-damaged' },
    { name: 'no end', tar: good, error: 'archive-damaged' },
    { name: 'half an end', tar: Buffer.concat([good, Buffer.alloc(512)]), error: 'archive-damaged' },
    {
      name: 'entry behind one block of zeros',
      tar: Buffer.concat([good, Buffer.alloc(512), tarOf(file('hidden'))]),
      error: 'archive-damaged',
    },
    {
      name: 'archive behind the archive',
      tar: Buffer.concat([tarOf(good), tarOf(file('hidden'))]),
      error: 'archive-damaged',
    },
    {
      name: 'pax header with no entry',
      tar: tarOf(good, paxHeader({ path: 'x' })),
      error: 'archive-damaged',
    },
    {
      name: 'no tar at all',
      tar: Buffer.from('#!/bin/sh\necho hello\n'.repeat(100)),
      error: 'archive-damaged',
    },
  ]
}

/** Archives whose gzip wrapping is the lie. */
export function hostileGzips(): { readonly name: string; readonly gzip: Buffer }[] {
  const whole = gzipSync(tarOf(good))
  return [
    { name: 'empty', gzip: Buffer.alloc(0) },
    { name: 'not gzip', gzip: tarOf(good) },
    { name: 'garbage behind', gzip: Buffer.concat([whole, Buffer.from('garbage')]) },
    { name: 'zeros behind', gzip: Buffer.concat([whole, Buffer.alloc(600)]) },
    {
      name: 'zeros and garbage behind',
      gzip: Buffer.concat([whole, Buffer.alloc(64), Buffer.from('garbage')]),
    },
    { name: 'half a second member', gzip: Buffer.concat([whole, gzipSync('more').subarray(0, 12)]) },
    { name: 'wrong CRC', gzip: changed(whole, whole.length - 8) },
    { name: 'wrong length', gzip: changed(whole, whole.length - 1) },
  ]
}

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 0x55
  return copy
}
