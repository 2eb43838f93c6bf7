import { readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { throwIfCancelled } from '../cancel.ts'
import { checkKey } from '../keys.ts'
import { checkConditionalSize } from '../limits.ts'
import type { Capabilities, ObjectStore } from '../object-store.ts'
import { probeByUse } from '../probe.ts'
import { pathOfKey } from './file-names.ts'
import { storeError } from './fs-errors.ts'
import { listObjects } from './list-objects.ts'
import { isAbsence, statOf } from './object-info.ts'
import { type LocalConfig, type LocalEnv, type LocalPlace, openPlace } from './place.ts'
import { getObject, headObject } from './read-object.ts'
import { deleteObject, type InTurn, putObject, putObjectIfAbsent } from './write-object.ts'

/** Temporary files older than this belong to nobody who is still writing. */
const STALE_MS = 24 * 60 * 60 * 1000

/** Opens a folder (a disk, a NAS, a drive) as a place. It must be one already, unless `create` says to make it. */
export async function createLocalStore(config: LocalConfig, env: LocalEnv): Promise<ObjectStore> {
  const place = await openPlace(config, env).catch((error) => {
    throw storeError(error)
  })
  await removeStale(place)
  return storeOf(place)
}

function storeOf(place: LocalPlace): ObjectStore {
  const inTurn = createTurns()
  const store: ObjectStore = {
    kind: 'local',
    url: (key) => pathToFileURL(pathOfKey(place.base, checkKey(key))).href,
    put: (key, body, options = {}) =>
      guarded(key, options.signal, () => putObject(place, inTurn, key, body, options)),
    putIfAbsent: (key, bytes, options = {}) =>
      guarded(key, options.signal, () => {
        checkConditionalSize(key, bytes.byteLength)
        return putObjectIfAbsent(place, inTurn, key, bytes, options)
      }),
    get: (key, options = {}) => guarded(key, options.signal, () => getObject(place, key, options)),
    head: (key, signal) => guarded(key, signal, () => headObject(place, key)),
    exists: (key, signal) =>
      guarded(key, signal, async () => (await statOf(place, pathOfKey(place.base, key))) !== undefined),
    size: (key, signal) => guarded(key, signal, async () => (await headObject(place, key)).sizeBytes),
    list: (options = {}) => guarded(undefined, options.signal, () => listObjects(place, options)),
    delete: (key, signal) => guarded(key, signal, () => deleteObject(place, inTurn, key)),
    probe: (signal) => guarded(undefined, signal, () => probe(place, store, signal)),
    async close() {},
  }
  return store
}

/** Checks the key and the signal before, and turns whatever fails into an error of the store. */
async function guarded<Result>(
  key: string | undefined,
  signal: AbortSignal | undefined,
  run: () => Promise<Result>,
): Promise<Result> {
  throwIfCancelled(signal)
  if (key !== undefined) checkKey(key)
  try {
    return await run()
  } catch (error) {
    throw storeError(error, key)
  }
}

async function probe(place: LocalPlace, store: ObjectStore, signal?: AbortSignal): Promise<Capabilities> {
  const found = await probeByUse(store, place.env, signal)
  const { bavail, blocks, bsize } = await statfs(place.root)
  return {
    writes: true,
    reads: true,
    deletes: true,
    versioning: false,
    objectLock: false,
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    ...found,
  }
}

/** Removes what crashed writers left. By the time of the last change of the entry: a linked file's content may be as old as it likes. */
async function removeStale(place: LocalPlace): Promise<void> {
  const before = place.env.clock.now() - STALE_MS
  try {
    for (const name of await readdir(place.tmpFolder)) {
      const path = join(place.tmpFolder, name)
      if (!name.startsWith('.tmp-') || (await stat(path)).ctimeMs >= before) continue
      await rm(path, { force: true })
      place.env.log.info('stale temporary file removed', { path })
    }
  } catch (error) {
    // A read-only drive can still be read from; whatever is wrong here shows itself at the first write.
    if (!isAbsence(error))
      place.env.log.warn('stale temporary files not removed', { error: storeError(error) })
  }
}

function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>()
  return async (path, run) => {
    const turn = (last.get(path) ?? Promise.resolve()).then(run, run)
    last.set(path, turn)
    try {
      return await turn
    } finally {
      if (last.get(path) === turn) last.delete(path)
    }
  }
}
