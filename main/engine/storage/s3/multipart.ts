import { createHash } from 'node:crypto'
import { freeBuffer } from '../../env/node/free-buffer.ts'
import { asEverstowError, type EverstowError } from '../../model/errors.ts'
import type { Body, ObjectInfo, PutOptions } from '../object-store.ts'
import { type BodyPart, readParts } from '../transfer/body-parts.ts'
import type { S3Bucket } from './client.ts'
import { finishUpload, foundFinished } from './finish-upload.ts'
import { retryInside } from './retry-inside.ts'
import { formatUploadRecord, parseUploadRecord, type UploadRecord } from './upload-record.ts'
import {
  abortUpload,
  bareTag,
  createUpload,
  isUploadGone,
  listParts,
  type SentPart,
  sendPart,
} from './upload-requests.ts'

const MAX_PARTS = 10_000
const MIB = 1024 * 1024
const MAX_LANES = 4
/** Bytes of parts that are held in memory at once; larger parts leave fewer lanes. */
const IN_FLIGHT_BYTES = 64 * MIB

type HeldParts = Awaited<ReturnType<typeof listParts>>

interface Progress {
  readonly record: UploadRecord
  /** What the service held when we began. */
  readonly held: HeldParts
}

/**
 * Sends a large body in parts, several at once, and goes on with an upload that the journal knows. The last part leaves only after the whole
 * body was read and found as promised, so wrong bytes never become an object.
 */
export async function putInParts(
  bucket: S3Bucket,
  key: string,
  body: Body,
  options: PutOptions,
): Promise<ObjectInfo> {
  const resumed = await resume(bucket, key, body, options)
  if (resumed && 'info' in resumed) return resumed.info
  const progress = resumed ?? (await begin(bucket, key, body, options))
  const upload = { key, uploadId: progress.record.uploadId }
  try {
    const parts = await sendParts(bucket, key, body, options, progress)
    const info = await finishUpload(bucket, upload, parts, body.sizeBytes, options)
    await options.journal?.clear()
    return info
  } catch (error) {
    // What may go well later is kept for the one who holds the journal; the rest must not lie about and be paid for.
    const kept = options.journal !== undefined && mayGoOn(asEverstowError(error))
    if (!kept) {
      await abandon(bucket, upload)
      await options.journal?.clear()
    }
    throw error
  }
}

/** Part size: the configured one, or as much larger as 10,000 parts demand. */
export function partBytesFor(sizeBytes: number, partBytes: number): number {
  const least = Math.ceil(sizeBytes / MAX_PARTS)
  return least <= partBytes ? partBytes : Math.ceil(least / MIB) * MIB
}

/** What the journal knows, checked with the service; undefined where there is nothing to go on with. */
async function resume(
  bucket: S3Bucket,
  key: string,
  body: Body,
  options: PutOptions,
): Promise<Progress | { readonly info: ObjectInfo } | undefined> {
  const token = await options.journal?.load()
  const record = token === undefined ? undefined : parseUploadRecord(token)
  if (!record || record.bucket !== bucket.config.bucket || record.name !== bucket.nameOf(key))
    return undefined
  const upload = { key, uploadId: record.uploadId }
  const same =
    record.sizeBytes === body.sizeBytes && record.sha256 === options.sha256 && record.md5 === options.md5
  if (!same) {
    await abandon(bucket, upload)
    return undefined
  }
  try {
    const held = await listParts(bucket, upload, options.signal)
    bucket.env.log.info('an upload goes on', { key, parts: held.size })
    return { record, held }
  } catch (error) {
    if (!isUploadGone(error)) throw error
    // Aborted by a lifecycle rule, or completed by a try whose answer was lost.
    const info = await foundFinished(bucket, key, body.sizeBytes, options)
    if (!info) return undefined
    await options.journal?.clear()
    return { info }
  }
}

async function begin(bucket: S3Bucket, key: string, body: Body, options: PutOptions): Promise<Progress> {
  const { uploadId } = await createUpload(bucket, key, options)
  const record: UploadRecord = {
    version: 1,
    bucket: bucket.config.bucket,
    name: bucket.nameOf(key),
    uploadId,
    partBytes: partBytesFor(body.sizeBytes, bucket.partBytes),
    sizeBytes: body.sizeBytes,
    ...(options.sha256 !== undefined && { sha256: options.sha256 }),
    ...(options.md5 !== undefined && { md5: options.md5 }),
  }
  await options.journal?.save(formatUploadRecord(record))
  return { record, held: new Map() }
}

/** Reads the body once, in order, and lets several lanes send what it gives. The first failure stops them all. */
async function sendParts(
  bucket: S3Bucket,
  key: string,
  body: Body,
  options: PutOptions,
  { record, held }: Progress,
): Promise<SentPart[]> {
  const { partBytes } = record
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const source = readParts(body, partBytes, { key, sha256: options.sha256, md5: options.md5, signal })
  const noteOpaque = opaqueNotes(record, options)
  const sent: SentPart[] = []
  let safeBytes = 0
  let failure: unknown

  async function sendOne({ startBytes, bytes }: BodyPart): Promise<void> {
    const partNumber = startBytes / partBytes + 1
    const md5 = createHash('md5').update(bytes).digest('hex')
    const known = held.get(partNumber)
    if (known && known.sizeBytes === bytes.byteLength && standsFor(record, partNumber, known.etag, md5)) {
      sent.push({ partNumber, etag: known.etag, md5 })
    } else {
      const upload = { key, uploadId: record.uploadId }
      const part = await retryInside(bucket, signal, 'a part is sent again', { key, partNumber }, () =>
        sendPart(bucket, upload, partNumber, bytes, md5, signal),
      )
      if (part.opaque) await noteOpaque(part)
      sent.push(part)
    }
    safeBytes += bytes.byteLength
    // Answered means read to the end: nobody looks at these bytes again.
    freeBuffer(bytes)
    options.onProgress?.(safeBytes)
  }

  async function lane(): Promise<void> {
    try {
      for (let next = await source.next(); !next.done; next = await source.next()) await sendOne(next.value)
    } catch (error) {
      failure ??= error
      stop.abort()
    }
  }

  const lanes = Math.max(1, Math.min(MAX_LANES, Math.floor(IN_FLIGHT_BYTES / partBytes)))
  await Promise.all(Array.from({ length: lanes }, lane))
  if (failure !== undefined) throw failure
  return sent.sort((a, b) => a.partNumber - b.partNumber)
}

/** Whether a tag of the service proves that it holds the bytes with this MD5. */
function standsFor(record: UploadRecord, partNumber: number, etag: string, md5: string): boolean {
  const noted = record.opaque?.[String(partNumber)]
  return bareTag(etag) === md5 || (noted?.etag === etag && noted.md5 === md5)
}

/** Keeps in the journal which bytes an opaque tag stands for; one save at a time, so that an older one never comes last. */
function opaqueNotes(record: UploadRecord, { journal }: PutOptions): (part: SentPart) => Promise<void> {
  const opaque = { ...record.opaque }
  let saving: Promise<void> = Promise.resolve()
  return ({ partNumber, etag, md5 }) => {
    if (!journal) return saving
    opaque[String(partNumber)] = { etag, md5 }
    const token = formatUploadRecord({ ...record, opaque })
    saving = saving.then(() => journal.save(token))
    return saving
  }
}

/** A cancelled or interrupted upload goes on one day; one that was refused or read wrong bytes does not. */
function mayGoOn({ code, retry }: EverstowError): boolean {
  return code === 'cancelled' || retry !== 'never'
}

async function abandon(
  bucket: S3Bucket,
  upload: { readonly key: string; readonly uploadId: string },
): Promise<void> {
  try {
    await abortUpload(bucket, upload)
  } catch (error) {
    // The failure that led here matters more; what stays behind is removed by the bucket's lifecycle rule or by hand.
    const { code } = asEverstowError(error)
    bucket.env.log.warn('an unfinished upload could not be removed', { key: upload.key, code })
  }
}
