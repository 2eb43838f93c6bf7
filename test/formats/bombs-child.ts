// Started by bombs.test.ts: meets each bomb in a process of its own, says what came of it and what it cost, and at the end the most memory it ever had.
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGzip, gzipSync, zstdCompressSync } from 'node:zlib'
import { openApiKeys } from '../../main/engine/api-keys/api-keys.ts'
import { gunzip } from '../../main/engine/archive/read/gunzip.ts'
import { openConfiguration } from '../../main/engine/catalogue/configuration.ts'
import type { Workspace } from '../../main/engine/catalogue/workspace.ts'
import { readMetadata } from '../../main/engine/delivery/render-metadata.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { asEverstowError } from '../../main/engine/model/errors.ts'
import { seal, sealInto, TAG_BYTES } from '../../main/engine/repository/crypto/aead.ts'
import { createPackSealing, packKeyOf } from '../../main/engine/repository/format/pack-layout.ts'
import { openBlock } from '../../main/engine/repository/format/pack-reader.ts'
import { sealObject } from '../../main/engine/repository/format/sealed-object.ts'
import { openCheckpoint } from '../../main/engine/repository/log/checkpoint.ts'
import { readSmallObject } from '../../main/engine/repository/log/log-home.ts'
import { openRememberedHeads } from '../../main/engine/repository/log/remembered-heads.ts'
import { bodyOfBytes } from '../../main/engine/storage/body.ts'
import { createLocalStore } from '../../main/engine/storage/local/local-store.ts'
import { openBytes, type SpaceObject } from '../../main/engine/sync/space/sealed.ts'
import { fixedBytes, fixedKeys, fixedRandom } from './repository-objects.ts'
import { LARGE_BYTES, WINDOW_LOGS, zstdOfZeros } from './swelling-frames.ts'

const folder = mkdtempSync(join(tmpdir(), 'everstow-bombs-'))
const env = { clock: nodeClock, random: nodeRandom, log: silentLog }
const keys = fixedKeys()
const SPACE = 'ab'.repeat(16)

/** A gibibyte that takes no room. */
function huge(...names: string[]): string {
  const path = join(folder, ...names)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
  truncateSync(path, LARGE_BYTES)
  return path
}

function block(frame: Uint8Array): Uint8Array {
  const salt = fixedBytes('salt', 32)
  const head = Buffer.alloc(5)
  head[0] = 1
  head.writeUInt32LE(1000, 1)
  const { nonce, blockAad } = createPackSealing(keys.repoId, 1, salt)
  const sealed = Buffer.alloc(head.length + frame.length + TAG_BYTES)
  sealInto(sealed, packKeyOf(keys, 1, salt), nonce, blockAad(0), [head, frame])
  return openBlock(keys, { epoch: 1, salt }, 0, sealed, 1000)
}

const checkpoint = (frame: Uint8Array) =>
  openCheckpoint(keys, sealObject(keys, 'ckpt', frame, fixedRandom('bomb')).bytes)

function objectOfSpace(type: SpaceObject, code: number, frame: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(16)
  prefix.write('EVSTSY01')
  prefix[8] = code
  prefix.writeUInt32LE(1, 12)
  const nonce = nodeRandom.bytes(12)
  const aad = Buffer.concat([prefix, keys.repoId, Buffer.from(`sync:${SPACE}:1`)])
  const sealed = Buffer.concat([prefix, nonce, seal(keys.subkey('sync', 1), nonce, aad, [frame])])
  return openBytes(keys, { type, spaceId: SPACE, slot: 1 }, sealed)
}

/** A gibibyte of zeros within gzip within gzip. */
async function gzipWithinGzip(): Promise<Buffer> {
  const zeros = Buffer.alloc(1024 * 1024)
  const pieces = Readable.from(Array.from({ length: LARGE_BYTES / zeros.length }, () => zeros))
  return gzipSync(await buffer(pieces.pipe(createGzip())))
}

async function place(): Promise<ReturnType<typeof createLocalStore>> {
  const store = await createLocalStore({ path: join(folder, 'place'), create: true }, env)
  await store.put('notes', bodyOfBytes(Buffer.from('whole')))
  return store
}

const store = await place()
huge('place', 'archives', 'metadata')
huge('place', 'repo.json')
const once = await gzipWithinGzip()
const bombs: [name: string, meet: () => unknown][] = [
  ['a good block', () => block(zstdCompressSync(Buffer.alloc(1000))).length],
  ['a good object of a space', () => objectOfSpace('slot', 2, zstdCompressSync(Buffer.alloc(1000))).length],
  ['marker of a place', () => createLocalStore({ path: dirname(huge('other', '.everstow-place')) }, env)],
  [
    'record beside an object',
    async () => {
      huge('place', '.everstow', 'meta', 'notes%.json')
      const { info, body } = await store.get('notes')
      return `${(await buffer(body)).toString()} ${info.sha256}`
    },
  ],
  ['metadata of an archive', () => readMetadata(store, 'archives/metadata')],
  ['description of a repository', () => readSmallObject(store, 'repo.json', 1024 * 1024)],
  ['settings', () => openConfiguration(huge('settings.json'), nodeFiles, (task) => task()).read()],
  [
    'keys of the API',
    () => {
      huge('api-keys.json')
      const workspace = { env: { files: nodeFiles, clock: nodeClock }, paths: { home: folder } }
      return openApiKeys(workspace as unknown as Workspace).list()
    },
  ],
  [
    'memory of logs',
    async () => (await openRememberedHeads(nodeFiles, huge('heads.json'), silentLog)).headOf('a') ?? 'none',
  ],
  [
    'gzip within gzip',
    async () => {
      let bytes = 0
      for await (const piece of gunzip(Readable.from([once]))) bytes += piece.length
      return bytes < LARGE_BYTES / 100 ? 'the inner one, as it is' : `${bytes} bytes`
    },
  ],
]
for (const windowLog of WINDOW_LOGS) {
  const frame = zstdOfZeros(windowLog, LARGE_BYTES)
  bombs.push(
    [`block, window ${windowLog}`, () => block(frame)],
    [`checkpoint, window ${windowLog}`, () => checkpoint(frame)],
    [`slot of a space, window ${windowLog}`, () => objectOfSpace('slot', 2, frame)],
    [`checkpoint of a space, window ${windowLog}`, () => objectOfSpace('checkpoint', 3, frame)],
  )
}

try {
  for (const [name, meet] of bombs) {
    const started = process.cpuUsage()
    const outcome = await Promise.resolve()
      .then(meet)
      .then(
        (value) => (typeof value === 'string' ? value : JSON.stringify(value)?.slice(0, 80)),
        (error: unknown) => asEverstowError(error).code,
      )
    const { user, system } = process.cpuUsage(started)
    const peakMib = Math.round(process.resourceUsage().maxRSS / 1024)
    console.log(
      JSON.stringify({ name, outcome: outcome ?? 'nothing', cpuMs: (user + system) / 1000, peakMib }),
    )
  }
} finally {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
}
