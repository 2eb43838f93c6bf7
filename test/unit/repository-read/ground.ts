import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { silentLog } from '../../../main/engine/env/log.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../../main/engine/env/node/node-random.ts'
import type { KeptPieces } from '../../../main/engine/repository/read/open-pieces.ts'
import type { Repository } from '../../../main/engine/repository/read/open-repository.ts'
import { bodyOfBytes } from '../../../main/engine/storage/body.ts'
import { createLocalStore } from '../../../main/engine/storage/local/local-store.ts'
import { createMemoryStore } from '../../../main/engine/storage/memory/memory-store.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import {
  addPlace,
  type BuildOptions,
  buildSession,
  commitSession,
  createGround,
  type GroundPlace,
  type GroundRepository,
  openPlace,
} from '../../ground/repository-writer.ts'

export let folder: string
export let source: string
export let repo: GroundRepository
const opened: Repository[] = []

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'everstow-read-')))
  source = join(folder, 'source')
  mkdirSync(source)
  repo = await createGround()
})
afterEach(() => {
  for (const repository of opened.splice(0)) repository.close()
  rmSync(folder, { recursive: true, force: true })
})

const env = { clock: nodeClock, random: nodeRandom, log: silentLog }
export const memoryStore = (): ObjectStore => createMemoryStore({}, env)
export const localStore = (name = 'place'): Promise<ObjectStore> =>
  createLocalStore({ path: join(folder, name), create: true }, env)

/** Opens a place, closed again after the test. */
export async function open(place: GroundPlace, cache = 'cache', pieces?: KeptPieces): Promise<Repository> {
  const repository = await openPlace(repo, place, join(folder, cache), pieces)
  opened.push(repository)
  return repository
}

/** One backup of the source at each store: the same bytes everywhere. */
export async function backedUp(stores: readonly ObjectStore[], options: BuildOptions = {}) {
  const session = buildSession(repo, source, options)
  const places: GroundPlace[] = []
  for (const [at, store] of stores.entries()) places.push(await addPlace(repo, store, `p_${at}`))
  for (const place of places) await commitSession(place, session)
  return { session, places, snapId: session.snap.id }
}

/** The keys of a place that start with a prefix. */
export async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await store.list({ prefix })).objects.map(({ key }) => key)
}

/** Changes an object's bytes behind everybody's back. */
export async function tamper(
  store: ObjectStore,
  key: string,
  change: (bytes: Buffer) => Uint8Array,
): Promise<void> {
  const { body } = await store.get(key)
  const bytes = Buffer.concat((await Array.fromAsync(body)) as Buffer[])
  const changed = change(bytes)
  await store.put(key, bodyOfBytes(changed))
}

export const flip = (at: number) => (bytes: Buffer) => {
  bytes[at < 0 ? bytes.length + at : at]! ^= 0x40
  return bytes
}
