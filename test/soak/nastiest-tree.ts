import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { createSeededRandom, type SeededRandom } from '../bench/workloads/seeded-random.ts'
import { makeNastyTree } from '../ground/nasty-tree.ts'
import { setXattrs, whyNoXattrs } from '../ground/real-xattrs.ts'
import { BINARY_NAMES, EVIL_NAMES } from '../interop/archive-write-tree.ts'

export interface NastiestSize {
  /** Small files, a third of them in one folder. */
  readonly files: number
  /** GiB of the large file, to which some bytes more come. */
  readonly largeGib: number
  readonly seed: number
}

const KIB = 1024
const MIB = 1024 * KIB
const FILES_IN_A_FOLDER = 500
const DEEP_PATH_BYTES = 3_900
const isRoot = process.getuid?.() === 0

/** Makes a folder with all that is hard about names, modes, owners, times, links, holes, attributes, sizes and numbers. */
export function makeNastiestTree(folder: string, { files, largeGib, seed }: NastiestSize): void {
  const random = createSeededRandom(`round trip ${seed}`)
  const made = (name: string) => {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  makeNastyTree(join(folder, 'nasty'))
  makeNames(made('names'))
  makeLinks(made('links'))
  makeSpecial(made('special'))
  makeSizes(made('sizes'), random)
  makeHoles(made('holes'), random)
  makeDeep(made('deep'))
  makeSmall(made('small'), files, random)
  makeLarge(join(folder, 'large'), largeGib, random)
  makeAttributes(made('attributes'))
  makeOwners(made('owners'))
  makeModes(made('modes'))
  makeTimes(made('times'))
}

/** Changes a little of it everywhere, as between two backups. */
export function editNastiestTree(folder: string, seed: number): void {
  const random = createSeededRandom(`round trip ${seed}, edited`)
  const large = join(folder, 'large')
  const { size } = statSync(large)
  const file = openSync(large, 'r+')
  writeSync(file, random.bytes(MIB), 0, MIB, random.below(size - MIB))
  closeSync(file)
  appendFileSync(large, random.bytes(12_345))
  const small = join(folder, 'small')
  renameSync(join(small, 'folder 0'), join(small, 'another name'))
  rmSync(join(small, 'one folder', 'f0'))
  writeFileSync(join(small, 'one folder', 'new'), random.bytes(70_000))
  linkSync(join(folder, 'links', 'many names'), join(small, 'one more name'))
  chmodSync(join(folder, 'nasty', 'medium'), 0o604)
}

/** All bytes that a name may hold, and the names that have broken others: of files, folders and links. */
function makeNames(folder: string): void {
  const bytes = Array.from({ length: 255 }, (_, at) => at + 1).filter((byte) => byte !== 0x2f)
  const names = new Map(
    [
      ...EVIL_NAMES,
      ...BINARY_NAMES,
      ...bytes.filter((byte) => byte !== 0x2e).map((byte) => Buffer.of(byte)),
      ...bytes.map((byte) => Buffer.of(0x78, byte, 0x79)),
      Buffer.alloc(255, 0xff),
    ].map((name) => [name.toString('latin1'), name]),
  )
  for (const kind of ['files', 'folders', 'links']) mkdirSync(join(folder, kind))
  for (const name of names.values()) {
    const at = (kind: string) => Buffer.concat([Buffer.from(`${folder}/${kind}/`), name])
    writeFileSync(at('files'), name)
    mkdirSync(at('folders'))
    writeFileSync(Buffer.concat([at('folders'), Buffer.from('/inside')]), name)
    symlinkSync(name, at('links'))
  }
}

function makeLinks(folder: string): void {
  const at = (name: string) => join(folder, name)
  symlinkSync('t'.repeat(4_000), at('longest target'))
  symlinkSync(Buffer.from([0xff, 0x0a, 0xfe]), at('raw target'))
  for (const target of ['.', '..', '/', '/etc/passwd', '../links', 'itself', ' ']) {
    symlinkSync(target, at(target === 'itself' ? 'itself' : `to ${target.replaceAll('/', '!')}`))
  }
  for (let step = 0; step < 50; step++) symlinkSync(`chain ${step + 1}`, at(`chain ${step}`))
  linkSync(at('raw target'), at('raw target again'))
  writeFileSync(at('many names'), 'one content under a thousand names')
  for (let name = 0; name < 1_000; name++) {
    const below = at(`names ${name % 10}`)
    mkdirSync(below, { recursive: true })
    linkSync(at('many names'), join(below, `name ${name}`))
  }
}

function makeSpecial(folder: string): void {
  const at = (name: string) => join(folder, name)
  execFileSync('mkfifo', ['-m', '604', at('pipe')])
  linkSync(at('pipe'), at('pipe again'))
  if (!isRoot) return
  execFileSync('mknod', ['-m', '660', at('null'), 'c', '1', '3'])
  execFileSync('mknod', ['-m', '600', at('disk'), 'b', '7', '300'])
}

/** Around each power of two up to 8 MiB: every limit of blocks, chunks and buffers lies near one. */
function makeSizes(folder: string, random: SeededRandom): void {
  for (let power = 0; power <= 23; power++)
    for (const offset of [-1, 0, 1]) {
      const sizeBytes = 2 ** power + offset
      writeFileSync(join(folder, `${sizeBytes} random ${power}`), random.bytes(sizeBytes))
      writeFileSync(join(folder, `${sizeBytes} zeros ${power}`), Buffer.alloc(sizeBytes))
    }
}

function makeHoles(folder: string, random: SeededRandom): void {
  const sparse = (name: string, sizeBytes: number, ...pieces: [at: number, bytes: Buffer][]) => {
    const file = openSync(join(folder, name), 'w')
    for (const [at, bytes] of pieces) writeSync(file, bytes, 0, bytes.length, at)
    ftruncateSync(file, sizeBytes)
    closeSync(file)
  }
  sparse('nothing', 512 * MIB)
  sparse('less than a page', 1)
  sparse('at the start', 8 * MIB, [8 * MIB - 1, Buffer.from('x')])
  sparse('at the end', 8 * MIB, [0, Buffer.from('x')])
  sparse('ends in a page', 40_961, [0, random.bytes(4_096)])
  const every = Array.from({ length: 500 }, (_, at): [number, Buffer] => [
    at * 64 * KIB,
    random.bytes(4 * KIB),
  ])
  sparse('every 64 KiB', 500 * 64 * KIB, ...every)
  sparse('zeros that are written', 8 * MIB, [MIB, Buffer.alloc(2 * MIB)], [6 * MIB, random.bytes(MIB)])
}

/** As deep as a path can be that still has a name: closed to nothing but `PATH_MAX`. */
function makeDeep(folder: string): void {
  let path = folder
  while (path.length < DEEP_PATH_BYTES - 202) path += `/${'d'.repeat(200)}`
  while (path.length < DEEP_PATH_BYTES - 4) path += '/d'
  mkdirSync(path, { recursive: true })
  writeFileSync(`${path}/f`, 'at the bottom')
  symlinkSync('f', `${path}/l`)
}

function makeSmall(folder: string, files: number, random: SeededRandom): void {
  const inOne = Math.floor(files / 3)
  for (let at = 0; at < files; at++) {
    const below = at < inOne ? 'one folder' : `folder ${Math.floor((at - inOne) / FILES_IN_A_FOLDER)}`
    if (at === 0 || (at >= inOne && (at - inOne) % FILES_IN_A_FOLDER === 0)) mkdirSync(join(folder, below))
    const sizeBytes = at % 7 === 0 ? 0 : random.below(2_000)
    const bytes = random.bytes(sizeBytes)
    writeFileSync(join(folder, below, `f${at}`), at % 2 === 0 ? bytes : bytes.toString('base64'))
  }
}

/** Random, a hole, text, and again, in eighths that end in no block; and so many bytes more that no power of two fits. */
function makeLarge(path: string, gib: number, random: SeededRandom): void {
  const sizeBytes = Math.round(gib * KIB * MIB) + 54_321
  const text = Buffer.from('what is said twice is stored once; '.repeat(40_000))
  const file = openSync(path, 'w')
  const eighth = Math.floor(sizeBytes / 8)
  for (let part = 0; part < 8; part++) {
    const endBytes = Math.min(sizeBytes, (part + 1) * eighth)
    if (part % 4 === 1) continue
    for (let at = part * eighth; at < endBytes; at += 8 * MIB) {
      const pieceBytes = Math.min(8 * MIB, endBytes - at)
      const piece = part % 2 === 0 ? random.bytes(pieceBytes) : mixed(text, pieceBytes, random)
      writeSync(file, piece, 0, pieceBytes, at)
    }
  }
  ftruncateSync(file, sizeBytes)
  closeSync(file)
}

/** Text that compresses, with something new in each 64 KiB of it. */
function mixed(text: Buffer, sizeBytes: number, random: SeededRandom): Buffer {
  const piece = Buffer.alloc(sizeBytes, text)
  for (let at = 0; at + 16 * KIB <= sizeBytes; at += 64 * KIB) random.bytes(8 * KIB).copy(piece, at)
  return piece
}

function makeAttributes(folder: string): void {
  if (whyNoXattrs('user.') !== undefined) return
  const at = (name: string) => join(folder, name)
  for (const name of ['file', 'read only', 'twin', 'program']) writeFileSync(at(name), name)
  mkdirSync(at('folder'))
  symlinkSync('file', at('link'))
  linkSync(at('twin'), at('twin again'))
  setXattrs([
    [at('file'), 'user.binary', Buffer.from([0, 1, 255, 10])],
    [at('file'), 'user.empty', ''],
    [at('file'), Buffer.from('user.\xff=\n', 'latin1'), 'odd'],
    [at('read only'), 'user.large', Buffer.alloc(3_800, 0xfe)],
    [at('twin'), 'user.twin', 'of both names'],
    [at('folder'), 'user.folder', 'y'],
    [at(''), 'user.top', 'z'],
  ])
  chmodSync(at('read only'), 0o400)
  if (whyNoXattrs('trusted.') !== undefined) return
  setXattrs([
    [at('link'), 'trusted.link', 'of the link itself'],
    [at('folder'), 'trusted.folder', Buffer.alloc(100)],
  ])
  execFileSync('setcap', ['cap_net_raw+ep', at('program')])
}

function makeOwners(folder: string): void {
  if (!isRoot) return
  for (const id of [1, 12_345, 65_534, 65_535, 2 ** 31, 2 ** 32 - 2]) {
    const at = (kind: string) => join(folder, `${kind} of ${id}`)
    writeFileSync(at('file'), `${id}`)
    mkdirSync(at('folder'))
    writeFileSync(join(at('folder'), 'inside'), '')
    symlinkSync('nowhere', at('link'))
    for (const kind of ['file', 'folder', 'link']) lchownSync(at(kind), id, id === 1 ? 0 : id)
    chmodSync(at('file'), 0o6755)
    chmodSync(at('folder'), 0o3700)
  }
}

/** Every mode there is, of files and of folders; without rights only those that their owner can read. */
function makeModes(folder: string): void {
  for (const kind of ['files', 'folders']) mkdirSync(join(folder, kind))
  for (let mode = 0; mode <= 0o7777; mode++) {
    if (!isRoot && (mode & 0o500) !== 0o500) continue
    const name = mode.toString(8).padStart(4, '0')
    const [file, below] = [join(folder, 'files', name), join(folder, 'folders', name)]
    writeFileSync(file, name)
    mkdirSync(below)
    if (mode % 8 === 0) writeFileSync(join(below, 'inside'), name)
    chmodSync(file, mode)
    chmodSync(below, mode)
  }
}

const TIMES = [
  '1901-12-13 20:45:53',
  '1969-12-31 23:59:59.999999999',
  '1969-12-31 23:59:58.000000001',
  '1970-01-01 00:00:00',
  '1970-01-01 00:00:00.000000001',
  '2001-09-09 01:46:39.123456789',
  '2026-11-21 12:00:00.999999999',
  '2038-01-19 03:14:08.5',
  '2106-02-07 06:28:16',
  '2262-04-11 23:47:16.8',
] as const

function makeTimes(folder: string): void {
  for (const [at, time] of TIMES.entries()) {
    const path = (kind: string) => join(folder, `${kind} ${at}`)
    writeFileSync(path('file'), time)
    mkdirSync(path('folder'))
    symlinkSync('nowhere', path('link'))
    execFileSync('touch', ['-h', '-d', `${time} UTC`, path('file'), path('folder'), path('link')])
  }
}
