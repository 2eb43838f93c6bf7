import { createPrivateKey, createPublicKey, hash, sign } from 'node:crypto'
import type { Random } from '../../main/engine/env/random.ts'
import { createChunkHasher } from '../../main/engine/repository/crypto/chunk-id.ts'
import { createRepoKeys, type RepoKeys } from '../../main/engine/repository/crypto/repo-keys.ts'
import { createBlockTableBuilder } from '../../main/engine/repository/format/block-table.ts'
import { sealFinder } from '../../main/engine/repository/format/finder.ts'
import { encodeIdList } from '../../main/engine/repository/format/id-list.ts'
import {
  encodeRecord,
  type LogRecord,
  NO_RECORD_HASH,
  recordHash,
} from '../../main/engine/repository/format/log-record.ts'
import { type PackKind, packSizeOf } from '../../main/engine/repository/format/pack-layout.ts'
import { createPackWriter, type FinishedPack } from '../../main/engine/repository/format/pack-writer.ts'
import { encodeRepoJson, type RepoDescription } from '../../main/engine/repository/format/repo-json.ts'
import { sealObject } from '../../main/engine/repository/format/sealed-object.ts'
import { decodeSegment, encodeSegment } from '../../main/engine/repository/format/segment.ts'
import { encodeSnapshotRoot, type SnapshotRoot } from '../../main/engine/repository/format/snapshot-root.ts'
import { createTreeBuilder, NODE, type NodeFacts } from '../../main/engine/repository/format/tree.ts'

/** One of each object, made from fixed keys and fixed randomness: the same bytes on every machine, in every version. */

export const DEST = 'd0'.repeat(16)
export const DEVICE = 'de'.repeat(16)
const SESSION = 1

/** Bytes that follow from a name. */
export function fixedBytes(name: string, count: number): Buffer {
  const parts: Buffer[] = []
  for (let i = 0; parts.length * 32 < count; i++) parts.push(hash('sha256', `${name}:${i}`, 'buffer'))
  return Buffer.concat(parts).subarray(0, count)
}

/** Randomness that follows from a name. */
export function fixedRandom(name: string): Random {
  let calls = 0
  return { bytes: (count) => fixedBytes(`${name}:${calls++}`, count), float: () => 0.5 }
}

/** Keys of a repository with the epochs 1 … `epochs`. */
export function fixedKeys(epochs = 2, name = 'repository'): RepoKeys {
  return createRepoKeys(fixedBytes(`${name} id`, 16), {
    epochs: Array.from({ length: epochs }, (_, i) => ({
      epoch: i + 1,
      key: fixedBytes(`${name} key ${i + 1}`, 32),
    })),
  })
}

/** An Ed25519 identity whose private key follows from a name. */
export function fixedDevice(id = DEVICE, name = 'device') {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), fixedBytes(name, 32)])
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
  return {
    id,
    name,
    publicKey: new Uint8Array(publicKey),
    sign: (bytes: Uint8Array) => sign(null, bytes, privateKey),
  }
}

/** A pack as it was written, with what its writer said of it. */
export interface WrittenPack extends FinishedPack {
  readonly bytes: Buffer
}

/** Packs the blocks: each is a list of chunks. */
export function packOf(
  keys: RepoKeys,
  blocks: readonly (readonly Uint8Array[])[],
  options: { readonly kind?: PackKind; readonly salt?: Uint8Array; readonly compress?: boolean } = {},
): WrittenPack {
  const { kind = 'data', salt = fixedBytes('salt', 32), compress = false } = options
  const written: Buffer[] = []
  const write = (bytes: Uint8Array): void => void written.push(Buffer.from(bytes))
  const writer = createPackWriter({ keys, kind, level: 3, salt, write })
  for (const chunks of blocks) writer.addBlock(Buffer.concat(chunks), chunkTableOf(keys, chunks), compress)
  return { ...writer.finish(), bytes: Buffer.concat(written) }
}

export function chunkTableOf(keys: RepoKeys, chunks: readonly Uint8Array[]): Buffer {
  const hasher = createChunkHasher(keys)
  const rows = chunks.map((chunk) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(chunk.length)
    return Buffer.concat([hasher.idOf(chunk), length])
  })
  return Buffer.concat(rows)
}

/** Facts of a node, all of them other than the defaults of the format. */
export function factsOf(name: string | Uint8Array, facts: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name: Buffer.from(name),
    mode: 0o644,
    uid: 1000,
    gid: 100,
    size: 0,
    mtimeNs: 1_790_000_000_123_456_789n,
    ctimeNs: 1_790_000_001_987_654_321n,
    ino: 0x1234_5678_9abcn,
    dev: 0xfd01n,
    ...facts,
  }
}

/** A directory with one node of each type. */
function fixedTree(): Buffer {
  const id = (name: string): Buffer => fixedBytes(name, 32)
  const builder = createTreeBuilder()
  builder.start()
  builder.addSpecial(factsOf('block', { mode: 0o660 }), NODE.blockDevice, 0x0801n)
  builder.addSpecial(factsOf('character', { mode: 0o620 }), NODE.characterDevice, 0x0501n)
  builder.addDirectory(factsOf('directory', { mode: 0o40755 }), id('child'))
  builder.addFile(factsOf('empty'), Buffer.alloc(0))
  builder.addSpecial(factsOf('fifo'), NODE.fifo, 0n)
  const xattrs = [
    { name: Buffer.from('user.z'), value: Buffer.alloc(0) },
    { name: Buffer.from('user.a'), value: Buffer.from('text') },
  ]
  const file = factsOf('file', { size: 6_000_000_000, flags: 5, mtimeNs: -1_500_000_001n, xattrs })
  builder.addFile(file, Buffer.concat([id('chunk 1'), id('chunk 2')]))
  builder.addLink(factsOf('link', { mode: 0o120777 }), Buffer.from('../target'))
  builder.addSpecial(factsOf('socket'), NODE.socket, 0n)
  builder.addFile(factsOf(Buffer.from([0xff, 0xfe, 0x0a]), { size: 1 }), id('chunk 3'))
  return Buffer.from(builder.finish())
}

export function fixedRoot(): SnapshotRoot {
  return {
    version: 1,
    backupId: 'snapshot_20260921_101500',
    time: '2026-09-21T10:15:00.000Z',
    planId: 'plan-1',
    planName: 'Documents – été',
    device: { id: DEVICE, name: 'laptop' },
    hostname: 'laptop.example',
    tag: null,
    tree: fixedBytes('tree', 32).toString('hex'),
    sources: ['/home/ada'],
    roots: [{ source: '/home/ada', prefix: 'ada' }],
    stats: { files: 2, directories: 1, bytes: 6_000_000_001, newBytes: 10, storedBytes: 20, durationMs: 30 },
    incomplete: true,
    skipped: [{ path: '/home/ada/x', reason: 'unreadable', code: 'EACCES' }],
    skippedCount: 1,
    xattrs: true,
  }
}

export function fixedDescription(keys: RepoKeys): RepoDescription {
  return {
    format: 'everstow-repository',
    version: 1,
    id: keys.repoIdHex,
    created: '2026-09-21T10:00:00.000Z',
    mandatory: [],
    optional: [],
    chunker: { kind: 'gear', min: 262144, average: 1048576, max: 4194304 },
  }
}

/** A log of three records: genesis, begin, commit. */
function fixedLog(keys: RepoKeys, snapId: string, segId: string): readonly Buffer[] {
  const device = fixedDevice()
  const publicKey = Buffer.from(device.publicKey).toString('hex')
  const bodies = [
    [
      'genesis',
      {
        repo: hash('sha256', encodeRepoJson(fixedDescription(keys)), 'hex'),
        dest: DEST,
        device: { id: DEVICE, name: 'laptop', publicKey },
      },
    ],
    ['begin', { purpose: 'backup' }],
    ['commit', { b: SESSION, snaps: [snapId], idx: [segId], uses: { packs: [], snaps: [] } }],
  ] as const
  const records: Buffer[] = []
  for (const [pos, [type, body]] of bodies.entries()) {
    const prev = pos === 0 ? NO_RECORD_HASH : recordHash(records[pos - 1]!)
    const record: LogRecord = {
      pos,
      prev,
      rid: fixedBytes(`rid ${pos}`, 16).toString('hex'),
      device: DEVICE,
      type,
      at: '2026-09-21T10:15:01.000Z',
      seen: pos === 2 ? [{ dest: 'd1'.repeat(16), pos: 7, hash: '7'.repeat(64) }] : [],
      body,
    }
    records.push(Buffer.from(encodeRecord(keys, DEST, record, device, fixedRandom(`record ${pos}`))))
  }
  return records
}

/** The objects of a small repository by name. */
export interface RepositoryObjects {
  readonly repoJson: Buffer
  readonly pack: Buffer
  readonly treePack: Buffer
  readonly index: Buffer
  readonly finder: Buffer
  readonly snap: Buffer
  readonly list: Buffer
  readonly ckpt: Buffer
  readonly tree: Buffer
  readonly record0: Buffer
  readonly record1: Buffer
  readonly record2: Buffer
}

/** All of them, as this version writes them. Blocks are raw: what zstd makes may differ between its versions. */
export function fixedObjects(keys: RepoKeys = fixedKeys()): RepositoryObjects {
  const tree = fixedTree()
  const pack = packOf(keys, fixedChunks())
  const treePack = packOf(keys, [[tree]], { kind: 'trees', salt: fixedBytes('salt of trees', 32) })
  const segment = encodeSegment([pack.entry, treePack.entry])
  const index = sealObject(keys, 'index', segment, fixedRandom('index'))
  const finder = sealFinder(keys, index.id, index.bytes, decodeSegment(segment), fixedRandom('finder'))
  const snap = sealObject(keys, 'snap', encodeSnapshotRoot(fixedRoot()), fixedRandom('snap'))
  const list = sealObject(keys, 'list', encodeIdList([pack.packId, treePack.packId]), fixedRandom('list'))
  const ckpt = sealObject(keys, 'ckpt', Buffer.from('{"pos":2}'), fixedRandom('ckpt'))
  const [record0, record1, record2] = fixedLog(keys, snap.id, index.id)
  return {
    repoJson: Buffer.from(encodeRepoJson(fixedDescription(keys))),
    pack: pack.bytes,
    treePack: treePack.bytes,
    index: Buffer.from(index.bytes),
    finder: Buffer.from(finder),
    snap: Buffer.from(snap.bytes),
    list: Buffer.from(list.bytes),
    ckpt: Buffer.from(ckpt.bytes),
    tree,
    record0: record0!,
    record1: record1!,
    record2: record2!,
  }
}

/** Three blocks: two chunks, one, and one that repeats itself. */
export function fixedChunks(): readonly (readonly Buffer[])[] {
  return [
    [Buffer.from('the first chunk'), Buffer.from('the second')],
    [fixedBytes('content', 100)],
    [Buffer.alloc(300, 'again ')],
  ]
}

const LARGE_CHUNK_BYTES = 2_100

/** A segment of many packs that have many small chunks each, as it is sealed, and its finder. */
export function largeFinder(name = 'large', keys: RepoKeys = fixedKeys()) {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(LARGE_CHUNK_BYTES)
  const row = (at: number): Buffer => Buffer.concat([hash('sha256', `chunk ${at}`, 'buffer'), length])
  const entries = Array.from({ length: 12 }, (_, pack) =>
    entryOf(pack, Buffer.concat(Array.from({ length: 1000 }, (_, at) => row(pack * 1000 + at)))),
  )
  const packs = decodeSegment(encodeSegment(entries))
  const { id, bytes } = sealObject(keys, 'index', encodeSegment(entries), fixedRandom('large'))
  return { segId: id, stored: bytes, packs, finder: sealFinder(keys, id, bytes, packs, fixedRandom(name)) }
}

/** The entry of a pack of one block with these chunks, which nobody ever wrote. */
function entryOf(number: number, chunks: Buffer): Buffer {
  const bytes = (chunks.length / 36) * LARGE_CHUNK_BYTES
  const table = createBlockTableBuilder()
  table.add(48, bytes + 21, bytes, chunks)
  const blocks = table.finish()
  const head = Buffer.alloc(41)
  head.set(fixedBytes(`pack ${number}`, 32))
  head.writeUInt32LE(packSizeOf(48 + bytes + 21, blocks.length), 32)
  head[36] = number === 0 ? 1 : 0
  head.writeUInt32LE(1, 37)
  return Buffer.concat([head, fixedBytes(`salt ${number}`, 32), blocks])
}
