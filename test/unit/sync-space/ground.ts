import { closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { silentLog } from '../../../main/engine/env/log.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { nodeFiles } from '../../../main/engine/env/node/node-files.ts'
import { nodeRandom } from '../../../main/engine/env/node/node-random.ts'
import { createRepoKeys } from '../../../main/engine/repository/crypto/repo-keys.ts'
import { createLocalStore } from '../../../main/engine/storage/local/local-store.ts'
import { createMemoryStore } from '../../../main/engine/storage/memory/memory-store.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import type { Batch, Operation } from '../../../main/engine/sync/operations.ts'
import { openSpace } from '../../../main/engine/sync/space/open-space.ts'
import type { OpenSpace, SpaceOptions } from '../../../main/engine/sync/space/space.ts'

export const env = { clock: nodeClock, random: nodeRandom, log: silentLog, files: nodeFiles }
export const SPACE = 'ab'.repeat(16)
export const keys = createRepoKeys(Buffer.alloc(16, 7), { epochs: [{ epoch: 1, key: Buffer.alloc(32, 9) }] })

export let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'everstow-space-')))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

export const memoryStore = (): ObjectStore => createMemoryStore({}, env)
export const localStore = (): Promise<ObjectStore> =>
  createLocalStore({ path: join(folder, 'place'), create: true }, env)

export function openAs(
  device: string,
  store: ObjectStore,
  more: Partial<SpaceOptions> = {},
): Promise<OpenSpace> {
  const cacheFolder = join(folder, `cache-${device}`)
  return openSpace({ store, keys, spaceId: SPACE, device, cacheFolder, place: 'p_1', env, ...more })
}

/** Works with a file that holds these bytes. */
export async function withFile<Result>(
  bytes: Uint8Array,
  work: (fd: number) => Promise<Result>,
): Promise<Result> {
  const path = join(folder, 'content')
  writeFileSync(path, bytes)
  const fd = openSync(path, 'r')
  try {
    return await work(fd)
  } finally {
    closeSync(fd)
  }
}

export const storeBytes = ({ contents }: OpenSpace, bytes: Uint8Array): Promise<string> =>
  withFile(bytes, (fd) => contents.store(fd, bytes.length))

/** What the space writes for a content. */
export async function written({ contents }: OpenSpace, content: string): Promise<Buffer> {
  const path = join(folder, 'written')
  const fd = openSync(path, 'w')
  try {
    await contents.write(content, fd)
  } finally {
    closeSync(fd)
  }
  return readFileSync(path)
}

let rids = 0
/** Appends what was handed over, with these operations, and follows. */
export async function commit(
  space: OpenSpace,
  operations: readonly Operation[],
  more: Partial<Batch> = {},
): Promise<boolean> {
  const stored = await space.contents.finish()
  const head = { rid: `r${++rids}`, device: 'test', atMs: 1, operations }
  const isMine = await space.journal.append(space.replica.head + 1, {
    ...head,
    ...(stored && { stored }),
    ...more,
  })
  await space.replica.follow()
  return isMine
}

export const create = (id: string, content: string, name = id): Operation => ({
  do: 'create',
  ...{ id, parent: 'root', name, kind: 'file', content, mtimeMs: 5 },
})

/** A store that notes each request. */
export function counted(store: ObjectStore): { store: ObjectStore; calls: string[] } {
  const calls: string[] = []
  const noted = <Call extends 'get' | 'put' | 'putIfAbsent' | 'list' | 'head'>(
    call: Call,
  ): ObjectStore[Call] =>
    ((...given: unknown[]) => {
      calls.push(`${call} ${JSON.stringify(given[0])}`)
      return (store[call] as (...args: unknown[]) => unknown)(...given)
    }) as ObjectStore[Call]
  const watched = {
    get: noted('get'),
    put: noted('put'),
    putIfAbsent: noted('putIfAbsent'),
    list: noted('list'),
    head: noted('head'),
  }
  return { calls, store: { ...store, ...watched } }
}
