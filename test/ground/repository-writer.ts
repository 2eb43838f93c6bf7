import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { createFakeEnv } from '../../main/engine/env/fake/create-fake-env.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { CHUNK_SIZES, createChunker } from '../../main/engine/repository/chunking/create-chunker.ts'
import { createChunkHasher } from '../../main/engine/repository/crypto/chunk-id.ts'
import { createRepoKeys, type RepoKeys } from '../../main/engine/repository/crypto/repo-keys.ts'
import { packKey, snapKey } from '../../main/engine/repository/format/keys-of-objects.ts'
import { createPackWriter, type PackWriter } from '../../main/engine/repository/format/pack-writer.ts'
import { createRepoDescription, type RepoDescription } from '../../main/engine/repository/format/repo-json.ts'
import { sealObject } from '../../main/engine/repository/format/sealed-object.ts'
import { type SealedSegment, sealSegment } from '../../main/engine/repository/format/sealed-segment.ts'
import { encodeSnapshotRoot } from '../../main/engine/repository/format/snapshot-root.ts'
import {
  createTreeBuilder,
  NODE,
  type NodeFacts,
  type Xattr,
} from '../../main/engine/repository/format/tree.ts'
import { createDevice, type DeviceIdentity } from '../../main/engine/repository/keys/device-identity.ts'
import type { CommitLog } from '../../main/engine/repository/log/commit-log.ts'
import { createRepositoryAt } from '../../main/engine/repository/log/create-repository.ts'
import { openLog } from '../../main/engine/repository/log/open-log.ts'
import { putSegment } from '../../main/engine/repository/log/put-segment.ts'
import { forgetfulHeads } from '../../main/engine/repository/log/remembered-heads.ts'
import type { KeptPieces } from '../../main/engine/repository/read/open-pieces.ts'
import { openRepository, type Repository } from '../../main/engine/repository/read/open-repository.ts'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import type { ObjectStore } from '../../main/engine/storage/object-store.ts'

/** A repository for tests: its keys, and one device that writes. */
export interface GroundRepository {
  readonly description: RepoDescription
  readonly keys: RepoKeys
  readonly device: DeviceIdentity
}

/** New keys and a new device; nothing is stored yet. */
export async function createGround(): Promise<GroundRepository> {
  const description = createRepoDescription(nodeRandom, Date.now())
  const master = { epochs: [{ epoch: 1, key: nodeRandom.bytes(32) }] }
  const keys = createRepoKeys(Buffer.from(description.id, 'hex'), master)
  return { description, keys, device: await createDevice(createFakeEnv().secrets, nodeRandom, 'ground') }
}

/** A destination of the repository with its log open. */
export interface GroundPlace {
  readonly id: string
  readonly store: ObjectStore
  readonly log: CommitLog
}

/** Makes the repository at a store. */
export async function addPlace(
  ground: GroundRepository,
  store: ObjectStore,
  id = 'p_ground',
): Promise<GroundPlace> {
  const env = { clock: nodeClock, random: nodeRandom, log: silentLog }
  await createRepositoryAt(store, { ...ground, ...env, slots: [] })
  const place = { id, name: id }
  const log = await openLog(store, { ...ground, ...env, place, remembered: forgetfulHeads() })
  return { id, store, log }
}

/** Opens the repository at a place for reading, with a fresh log and whatever is in the cache folder. */
export function openPlace(
  ground: Pick<GroundRepository, 'keys'>,
  place: GroundPlace,
  cacheFolder: string,
  pieces?: KeptPieces,
): Promise<Repository> {
  const env = { files: nodeFiles, log: silentLog, random: nodeRandom }
  return openRepository({
    ...place,
    keys: ground.keys,
    cacheFolder,
    destinationId: place.id,
    env,
    ...(pieces && { pieces }),
  })
}

/** What a backup stores: the same bytes at every place. */
export interface GroundSession {
  readonly packs: readonly { readonly id: string; readonly bytes: Uint8Array }[]
  readonly segment: SealedSegment
  readonly snap: { readonly id: string; readonly bytes: Uint8Array }
  readonly treeId: Uint8Array
}

export interface BuildOptions {
  readonly backupId?: string
  /** Plaintext of a block; small ones make many. */
  readonly blockBytes?: number
  readonly packBytes?: number
  /** Files are cut into pieces of this size instead of by content. */
  readonly chunkBytes?: number
  /** Chunks that are known already are not stored again. */
  readonly known?: Set<string>
  readonly xattrsOf?: (path: string) => readonly Xattr[]
}

/** Reads a folder into packs, a segment and a root: one thread, everything in memory, no exclusions. */
export function buildSession(
  ground: GroundRepository,
  source: string,
  options: BuildOptions = {},
): GroundSession {
  const { keys } = ground
  const { backupId = 'snapshot_20261121_120000', known = new Set(), xattrsOf, chunkBytes } = options
  const hasher = createChunkHasher(keys)
  const data = packs(keys, 'data', options)
  const trees = packs(keys, 'trees', options)
  const stats = { files: 0, directories: 0, bytes: 0, newBytes: 0, storedBytes: 0, durationMs: 1 }
  const chunker = createChunker({
    ...CHUNK_SIZES,
    gearKey: keys.subkey('gear'),
    bufferBytes: 16 * 1024 * 1024,
  })

  function store(into: ReturnType<typeof packs>, bytes: Uint8Array): Uint8Array {
    const id = hasher.idOf(bytes)
    const hex = Buffer.from(id).toString('hex')
    if (!known.has(hex)) {
      known.add(hex)
      into.add(id, bytes)
      stats.newBytes += bytes.length
    }
    return id
  }

  function file(path: Buffer, size: number): Uint8Array {
    const ids: Uint8Array[] = []
    const fd = openSync(path, 'r')
    const { buffer } = chunker
    for (let filled = 0, isLast = false; !isLast; ) {
      const count = readSync(fd, buffer, filled, buffer.length - filled, null)
      isLast = count === 0
      filled += count
      let start = 0
      while (start < filled) {
        const end = chunkBytes ? Math.min(start + chunkBytes, filled) : chunker.cut(start, filled, isLast)
        if (end === 0) break
        ids.push(store(data, buffer.subarray(start, end)))
        start = end
      }
      buffer.copyWithin(0, start, filled)
      filled -= start
    }
    closeSync(fd)
    stats.files++
    stats.bytes += size
    return Buffer.concat(ids)
  }

  function folder(path: Buffer): Uint8Array {
    stats.directories++
    const names = readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare)
    // The builder is shared, so children come first.
    const nodes = names.map((name) => ({ name, ...node(Buffer.concat([path, Buffer.from('/'), name])) }))
    const builder = createTreeBuilder()
    builder.start()
    for (const { facts, type, content, rdev } of nodes) {
      if (type === NODE.file) builder.addFile(facts, content)
      else if (type === NODE.directory) builder.addDirectory(facts, content)
      else if (type === NODE.link) builder.addLink(facts, content)
      else builder.addSpecial(facts, type, rdev)
    }
    return store(trees, builder.finish())
  }

  function node(path: Buffer) {
    const stat = lstatSync(path, { bigint: true })
    const type = stat.isDirectory()
      ? NODE.directory
      : stat.isSymbolicLink()
        ? NODE.link
        : stat.isFIFO()
          ? NODE.fifo
          : stat.isSocket()
            ? NODE.socket
            : stat.isCharacterDevice()
              ? NODE.characterDevice
              : stat.isBlockDevice()
                ? NODE.blockDevice
                : NODE.file
    const size = type === NODE.file ? Number(stat.size) : 0
    const isSparse = type === NODE.file && stat.blocks * 512n < stat.size
    const facts: NodeFacts = {
      name: path.subarray(path.lastIndexOf(0x2f) + 1),
      flags: (isSparse ? 1 : 0) | (type !== NODE.directory && stat.nlink > 1n ? 4 : 0),
      mode: Number(stat.mode),
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      size,
      mtimeNs: stat.mtimeNs,
      ctimeNs: stat.ctimeNs,
      ino: stat.ino,
      dev: stat.dev,
      xattrs: xattrsOf?.(path.toString()) ?? [],
    }
    const content =
      type === NODE.directory
        ? folder(path)
        : type === NODE.link
          ? readlinkSync(path, { encoding: 'buffer' })
          : type === NODE.file
            ? file(path, size)
            : new Uint8Array(0)
    return { facts, type, content, rdev: stat.rdev }
  }

  const treeId = folder(Buffer.from(source))
  const finished = [...data.finish(), ...trees.finish()]
  stats.storedBytes = finished.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const segment = sealSegment(
    keys,
    finished.map(({ entry }) => entry),
    nodeRandom,
  )
  const root = encodeSnapshotRoot({
    version: 1,
    backupId,
    time: new Date().toISOString(),
    planId: null,
    planName: null,
    device: { id: ground.device.id, name: ground.device.name },
    hostname: 'ground',
    tag: null,
    tree: Buffer.from(treeId).toString('hex'),
    sources: [source],
    roots: readdirSync(source).map((name) => ({ source: join(source, name), prefix: name })),
    stats,
    incomplete: false,
    skipped: [],
    skippedCount: 0,
    xattrs: xattrsOf !== undefined,
  })
  return { packs: finished, segment, snap: sealObject(keys, 'snap', root, nodeRandom), treeId }
}

/** Stores a session at a place and commits it (S1, S3, S4, S5). */
export async function commitSession({ store, log }: GroundPlace, session: GroundSession): Promise<string> {
  const b = await log.beginSession('backup')
  for (const { id, bytes } of session.packs) await store.put(packKey(id, b), bodyOfBytes(bytes))
  await putSegment(store, session.segment, b, undefined)
  await store.put(snapKey(session.snap.id, b), bodyOfBytes(session.snap.bytes))
  const body = { b, snaps: [session.snap.id], idx: [session.segment.id], uses: { packs: [], snaps: [] } }
  await log.commitSession({ b, body, recheck: async () => 'ok' })
  return session.snap.id
}

/** Fills blocks and packs of one kind. */
function packs(keys: RepoKeys, kind: 'data' | 'trees', options: BuildOptions) {
  const { blockBytes = 1024 * 1024, packBytes = 16 * 1024 * 1024 } = options
  const done: { id: string; bytes: Uint8Array; entry: Uint8Array }[] = []
  let open: { writer: PackWriter; parts: Buffer[] } | undefined
  let chunks: { id: Uint8Array; bytes: Buffer }[] = []
  let chunkBytes = 0

  function flush(): void {
    if (chunks.length === 0) return
    if (!open) {
      const parts: Buffer[] = []
      const write = (bytes: Uint8Array) => void parts.push(Buffer.from(bytes))
      open = { parts, writer: createPackWriter({ keys, kind, level: 3, salt: nodeRandom.bytes(32), write }) }
    }
    const table = Buffer.concat(
      chunks.map(({ id, bytes }) => {
        const length = Buffer.alloc(4)
        length.writeUInt32LE(bytes.length)
        return Buffer.concat([id, length])
      }),
    )
    open.writer.addBlock(Buffer.concat(chunks.map(({ bytes }) => bytes)), table, true)
    chunks = []
    chunkBytes = 0
    if (open.writer.sizeBytes >= packBytes) close()
  }

  function close(): void {
    if (!open) return
    const { packId, entry } = open.writer.finish()
    done.push({ id: packId, bytes: Buffer.concat(open.parts), entry })
    open = undefined
  }

  return {
    add(id: Uint8Array, bytes: Uint8Array): void {
      if (chunkBytes + bytes.length > blockBytes) flush()
      chunks.push({ id, bytes: Buffer.from(bytes) })
      chunkBytes += bytes.length
    },
    finish() {
      flush()
      close()
      return done
    },
  }
}
