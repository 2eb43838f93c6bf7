import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { type FileHandle, link, lstat, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomHex } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import { destroyOnCancel, throwIfCancelled } from '../cancel.ts'
import type { Body, PutOptions } from '../object-store.ts'
import { ensureFolder } from './folders.ts'
import type { LocalPlace } from './place.ts'

/** A body that lies whole, checked and flushed under a temporary name in the place. */
export interface StagedBody {
  readonly path: string
  readonly stat: BigIntStats
  readonly sha256?: string
  readonly md5?: string
}

/**
 * Brings a body into the place under a temporary name. A body that is a whole file of the same volume is linked: no byte moves, so its digests are
 * those its owner computed when writing it. Anything else is copied, hashed on the way and compared. Nothing stays behind on failure.
 */
export async function stageBody(
  place: LocalPlace,
  key: string,
  body: Body,
  options: PutOptions,
): Promise<StagedBody> {
  throwIfCancelled(options.signal)
  const path = join(place.tmpFolder, `.tmp-${randomHex(place.env.random, 8)}`)
  await ensureFolder(place.root, place.tmpFolder)
  try {
    const linked =
      body.filePath === undefined ? undefined : await linkFile(body.filePath, path, body.sizeBytes)
    if (linked) {
      options.onProgress?.(body.sizeBytes)
      return { path, stat: linked, sha256: options.sha256?.toLowerCase(), md5: options.md5?.toLowerCase() }
    }
    return await copyBody(path, key, body, options)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

/**
 * `undefined` when the file cannot be linked, for whatever reason: copying it will work or tell the real one. A file that has other names already is
 * not linked: one of them may lie in another place, and two copies must never be one file.
 */
async function linkFile(from: string, to: string, sizeBytes: number): Promise<BigIntStats | undefined> {
  try {
    const source = await lstat(from)
    if (!source.isFile() || source.nlink !== 1 || source.size !== sizeBytes) return undefined
    const file = await open(from, 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    await link(from, to)
    const stat = await lstat(to, { bigint: true })
    if (stat.isFile() && stat.nlink === 2n && Number(stat.size) === sizeBytes) return stat
  } catch {
    // Another volume, no hard links, no right to link or to flush: the copy takes over.
  }
  await rm(to, { force: true })
  return undefined
}

async function copyBody(path: string, key: string, body: Body, options: PutOptions): Promise<StagedBody> {
  const sha256 = createHash('sha256')
  const md5 = options.md5 === undefined ? undefined : createHash('md5')
  const file = await open(path, 'wx', 0o600)
  try {
    let copiedBytes = 0
    for await (const chunk of destroyOnCancel(body.open(), options.signal) as AsyncIterable<Uint8Array>) {
      copiedBytes += chunk.byteLength
      if (copiedBytes > body.sizeBytes) break
      sha256.update(chunk)
      md5?.update(chunk)
      await writeFully(file, chunk)
      options.onProgress?.(copiedBytes)
    }
    refuseOther(key, 'size', body.sizeBytes, copiedBytes)
    const digests = { sha256: sha256.digest('hex'), md5: md5?.digest('hex') }
    refuseOther(key, 'sha256', options.sha256?.toLowerCase(), digests.sha256)
    refuseOther(key, 'md5', options.md5?.toLowerCase(), digests.md5)
    await file.sync()
    return { path, stat: await file.stat({ bigint: true }), ...digests }
  } finally {
    await file.close()
  }
}

async function writeFully(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.byteLength; ) at += (await file.write(chunk, at)).bytesWritten
}

function refuseOther<Value extends string | number>(
  key: string,
  kind: string,
  expected: Value | undefined,
  actual: Value | undefined,
): void {
  if (expected === undefined || expected === actual) return
  throw new EverstowError('checksum-mismatch', { data: { key, kind, expected, actual } })
}
