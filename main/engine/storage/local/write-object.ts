import type { BigIntStats } from 'node:fs'
import { link, lstat, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EverstowError } from '../../model/errors.ts'
import { bodyOfBytes } from '../body.ts'
import { throwIfCancelled } from '../cancel.ts'
import type { Body, ObjectInfo, PutIfAbsentAnswer, PutOptions } from '../object-store.ts'
import { pathOfKey } from './file-names.ts'
import { inFolder, removeEmptyFolders, syncNearest } from './folders.ts'
import { keyInTheWay, storeError, systemCode } from './fs-errors.ts'
import { infoOf, statOf } from './object-info.ts'
import { assertPresent, type LocalPlace } from './place.ts'
import { type Facts, removeFacts, writeFacts } from './sidecar.ts'
import { type StagedBody, stageBody } from './stage-body.ts'

/** Runs what it is given for one path after the other; records and objects of a key then change together within this process. */
export type InTurn = <Result>(path: string, run: () => Promise<Result>) => Promise<Result>

/** Temporary file, flush, record, rename (which replaces), flush of the folder. */
export async function putObject(
  place: LocalPlace,
  inTurn: InTurn,
  key: string,
  body: Body,
  options: PutOptions,
): Promise<ObjectInfo> {
  const target = pathOfKey(place.base, key)
  await assertPresent(place)
  const staged = await stageBody(place, key, body, options)
  const facts = factsOf(staged, options)
  try {
    return await inTurn(target, async () => {
      throwIfCancelled(options.signal)
      const current = await currentFile(key, target)
      await writeFacts(place, target, staged.stat, facts, current)
      await inFolder(place.root, dirname(target), () => rename(staged.path, target))
      await syncNearest(place.root, dirname(target))
      return infoOf(key, staged.stat, facts)
    })
  } catch (error) {
    throw nameTaken(error) ? keyInTheWay(key, error) : error
  } finally {
    // Renaming a file onto another name of itself does nothing, and then the temporary name is still there.
    await rm(staged.path, { force: true })
  }
}

/** Temporary file, flush, link (which never replaces), flush of the folder. `not-supported` on file systems without hard links. */
export async function putObjectIfAbsent(
  place: LocalPlace,
  inTurn: InTurn,
  key: string,
  bytes: Uint8Array,
  options: PutOptions,
): Promise<PutIfAbsentAnswer> {
  const target = pathOfKey(place.base, key)
  await assertPresent(place)
  const staged = await stageBody(place, key, bodyOfBytes(bytes), options)
  try {
    return await inTurn(target, async () => {
      throwIfCancelled(options.signal)
      if (!(await linkInto(place, key, staged, target))) return 'exists'
      try {
        await syncNearest(place.root, dirname(target))
        await writeFacts(place, target, staged.stat, factsOf(staged, options), undefined)
        return 'created'
      } catch (error) {
        // It is there for others to see, but perhaps not after a power loss: only reading it later can tell.
        place.env.log.warn('conditional put not flushed', { key, error: storeError(error, key) })
        return 'ambiguous'
      }
    })
  } finally {
    await rm(staged.path, { force: true })
  }
}

/** Removes the object, what is recorded of it and the folders it leaves empty. */
export async function deleteObject(place: LocalPlace, inTurn: InTurn, key: string): Promise<void> {
  const target = pathOfKey(place.base, key)
  await inTurn(target, async () => {
    const found = await statOf(place, target)
    if (found) await rm(target, { force: true })
    await removeFacts(place, target)
    await removeEmptyFolders(place.root, dirname(target))
    if (found) await syncNearest(place.root, dirname(target))
  })
}

/** False when an object is already there. */
async function linkInto(
  place: LocalPlace,
  key: string,
  staged: StagedBody,
  target: string,
): Promise<boolean> {
  try {
    await inFolder(place.root, dirname(target), () => link(staged.path, target))
    return true
  } catch (error) {
    const code = systemCode(error) ?? ''
    if (code === 'EEXIST') {
      const there = await lstat(target, { bigint: true })
      // A network file system may have lost the answer to a link that it made.
      if (there.ino === staged.stat.ino && there.dev === staged.stat.dev) return true
      if (!there.isFile()) throw keyInTheWay(key, error)
      return false
    }
    if (code === 'ENOTDIR') throw keyInTheWay(key, error)
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) {
      const data = { key, reason: 'no-hard-links' }
      throw new EverstowError('not-supported', { data, cause: error })
    }
    throw error
  }
}

/** What a put is about to replace. Refuses a name that a file system without case takes for the key's. */
async function currentFile(key: string, target: string): Promise<BigIntStats | undefined> {
  try {
    const stat = await lstat(target, { bigint: true })
    if (stat.isDirectory()) throw keyInTheWay(key)
    if (stat.isSymbolicLink()) return undefined
    if ((await realpath(target)) !== target) {
      throw new EverstowError('place-refused', { data: { key, reason: 'name-differs-only-in-case' } })
    }
    return stat
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function nameTaken(error: unknown): boolean {
  return ['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')
}

function factsOf(staged: StagedBody, options: PutOptions): Facts {
  const { contentType, metadata } = options
  return {
    sha256: staged.sha256,
    md5: staged.md5,
    contentType,
    metadata: metadata ? { ...metadata } : undefined,
  }
}
