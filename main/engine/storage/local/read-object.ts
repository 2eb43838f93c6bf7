import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { EverstowError } from '../../model/errors.ts'
import { destroyOnCancel } from '../cancel.ts'
import type { ByteRange, GetOptions, GetResult, ObjectInfo } from '../object-store.ts'
import { rangeWithin } from '../range.ts'
import { pathOfKey } from './file-names.ts'
import { storeError } from './fs-errors.ts'
import { etagOf, infoOf, isAbsence, statOf } from './object-info.ts'
import { assertPresent, type LocalPlace } from './place.ts'
import { readFacts } from './sidecar.ts'

const READ_BYTES = 256 * 1024

/** Opens the object's file; what follows reads that very file even when a put replaces the object meanwhile. */
export async function getObject(place: LocalPlace, key: string, options: GetOptions): Promise<GetResult> {
  const target = pathOfKey(place.base, key)
  const file = await openObject(place, key, target)
  try {
    const stat = await file.stat({ bigint: true })
    if (!stat.isFile()) throw missing(key)
    if (options.ifMatch !== undefined && options.ifMatch !== etagOf(stat)) {
      throw new EverstowError('precondition-failed', { data: { key } })
    }
    const info = await infoWithFacts(place, key, target, stat)
    const range = rangeWithin(options.range, info.sizeBytes)
    return { info, body: destroyOnCancel(streamOf(file, range, key), options.signal) }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Size, time and records of an object. */
export async function headObject(place: LocalPlace, key: string): Promise<ObjectInfo> {
  const target = pathOfKey(place.base, key)
  const stat = await statOf(place, target)
  if (!stat) throw missing(key)
  return infoWithFacts(place, key, target, stat)
}

async function infoWithFacts(
  place: LocalPlace,
  key: string,
  target: string,
  stat: BigIntStats,
): Promise<ObjectInfo> {
  return infoOf(key, stat, await readFacts(place, target, stat))
}

async function openObject(place: LocalPlace, key: string, target: string): Promise<FileHandle> {
  try {
    if ((await realpath(target)) !== target) throw missing(key)
    // Not blocking: somebody's named pipe must not hold us up. Windows knows neither flag, nor pipes and links that would need them.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    return await open(target, flags)
  } catch (error) {
    if (!isAbsence(error)) throw error
  }
  await assertPresent(place)
  throw missing(key)
}

/** Exactly the bytes of the range, or an error: a file that was cut short meanwhile does not end early. Closes the file. */
function streamOf(file: FileHandle, range: ByteRange, key: string): Readable {
  let at = range.start
  const read = async (): Promise<Buffer | null> => {
    if (at >= range.end) return null
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, range.end - at))
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, at)
    if (bytesRead === 0) throw new EverstowError('io-error', { data: { key, reason: 'file-ended-early' } })
    at += bytesRead
    return buffer.subarray(0, bytesRead)
  }
  return new Readable({
    highWaterMark: READ_BYTES,
    read() {
      read().then(
        (chunk) => this.push(chunk),
        (error) => this.destroy(storeError(error, key)),
      )
    },
    destroy(error, done) {
      file.close().then(
        () => done(error),
        (closeError) => done(error ?? storeError(closeError, key)),
      )
    },
  })
}

function missing(key: string): EverstowError {
  return new EverstowError('object-missing', { data: { key } })
}
