import { createHash } from 'node:crypto'
import { joinBlobs } from '../blobs.ts'
import { type Call, type Operation, type World, xmlAnswer } from '../call.ts'
import { s3Error } from '../errors.ts'
import {
  addVersion,
  type Bucket,
  currentVersion,
  findBucket,
  type Upload,
  type UploadedPart,
} from '../state.ts'
import { childText, document, element, parseXml } from '../xml.ts'
import { checkWriteConditions } from './conditions.ts'
import { keyEncoder } from './list.ts'
import { newVersion, writeHeaders } from './objects.ts'
import { readSmallBody } from './read-small-body.ts'
import { checkedKey, encryptionHeaders, entityTag, settingsOf } from './settings.ts'

const MAX_PARTS = 10_000

export const createMultipartUpload: Operation = (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  const key = checkedKey(call)
  const settings = settingsOf(call, world)
  const upload = { uploadId: world.newId(), key, startedMs: world.now(), settings, parts: new Map() }
  bucket.uploads.set(upload.uploadId, upload)
  const inner = element('Bucket', bucket.name) + element('Key', key) + element('UploadId', upload.uploadId)
  return {
    ...xmlAnswer(document('InitiateMultipartUploadResult', inner)),
    headers: { 'content-type': 'application/xml', ...encryptionHeaders(settings) },
  }
}

export const uploadPart: Operation = async (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  const upload = findUpload(bucket, call)
  const partNumber = Number(call.query.get('partNumber'))
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PARTS) {
    throw s3Error('InvalidArgument', {}, 'Part number must be an integer between 1 and 10000, inclusive')
  }
  const { blob, md5, checksums } = await call.receive()
  // The upload may have ended while the bytes were on their way.
  if (!bucket.uploads.has(upload.uploadId)) {
    await blob.dispose()
    throw s3Error('NoSuchUpload')
  }
  const etag = entityTag(md5, upload.settings, world)
  await upload.parts.get(partNumber)?.blob.dispose()
  upload.parts.set(partNumber, { blob, etag, md5, modifiedMs: world.now() })
  const echoed = Object.entries(checksums).map(([name, value]) => [`x-amz-checksum-${name}`, value])
  return {
    status: 200,
    headers: { etag, ...encryptionHeaders(upload.settings), ...Object.fromEntries(echoed) },
  }
}

export const listParts: Operation = (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  const upload = findUpload(bucket, call)
  const marker = Number(call.query.get('part-number-marker') ?? 0)
  const limit = Math.min(Number(call.query.get('max-parts') ?? 1000), 1000)
  const rest = [...upload.parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b)
  const page = rest.slice(0, limit)
  const parts = page.map(([number, part]) => {
    const fields = [
      element('PartNumber', number),
      element('LastModified', new Date(part.modifiedMs).toISOString()),
      element('ETag', part.etag),
      element('Size', part.blob.sizeBytes),
    ]
    return `<Part>${fields.join('')}</Part>`
  })
  const head = [
    element('Bucket', bucket.name),
    element('Key', upload.key),
    element('UploadId', upload.uploadId),
    element('PartNumberMarker', marker),
    element('NextPartNumberMarker', page.at(-1)?.[0]),
    element('MaxParts', limit),
    element('IsTruncated', rest.length > page.length),
  ]
  return xmlAnswer(document('ListPartsResult', head.join('') + parts.join('')))
}

export const completeMultipartUpload: Operation = async (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  const upload = findUpload(bucket, call)
  const parts = chosenParts(parseXml(await readSmallBody(call)).children, upload, world)
  if (!bucket.uploads.has(upload.uploadId)) throw s3Error('NoSuchUpload')
  checkWriteConditions(call, world, currentVersion(bucket, upload.key))
  bucket.uploads.delete(upload.uploadId)
  const md5 = createHash('md5')
    .update(Buffer.concat(parts.map((part) => part.md5)))
    .digest()
  const etag = `${entityTag(md5, upload.settings, world).slice(0, -1)}-${parts.length}"`
  const blob = joinBlobs(parts.map((part) => part.blob))
  const version = { ...upload.settings, ...newVersion(bucket, world), blob, etag, checksums: {} }
  addVersion(bucket, upload.key, version)
  const fields = [
    element('Location', `/${bucket.name}/${upload.key}`),
    element('Bucket', bucket.name),
    element('Key', upload.key),
    element('ETag', etag),
  ]
  return {
    ...xmlAnswer(document('CompleteMultipartUploadResult', fields.join(''))),
    headers: { 'content-type': 'application/xml', ...writeHeaders(bucket, version) },
  }
}

export const abortMultipartUpload: Operation = async (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  const upload = findUpload(bucket, call)
  bucket.uploads.delete(upload.uploadId)
  await Promise.all([...upload.parts.values()].map((part) => part.blob.dispose()))
  return { status: 204 }
}

export const listMultipartUploads: Operation = (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  const encode = keyEncoder(call)
  const prefix = call.query.get('prefix') ?? ''
  const uploads = [...bucket.uploads.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, uploadId, startedMs }) => {
      const initiated = element('Initiated', new Date(startedMs).toISOString())
      return `<Upload>${element('Key', encode(key))}${element('UploadId', uploadId)}${initiated}</Upload>`
    })
  const head = element('Bucket', bucket.name) + element('IsTruncated', false)
  return xmlAnswer(document('ListMultipartUploadsResult', head + uploads.join('')))
}

function findUpload(bucket: Bucket, call: Call): Upload {
  const upload = bucket.uploads.get(call.query.get('uploadId') ?? '')
  if (!upload || upload.key !== checkedKey(call)) throw s3Error('NoSuchUpload')
  return upload
}

/** The parts the client lists: known, unchanged, ascending, and large enough but for the last. */
function chosenParts(
  entries: ReturnType<typeof parseXml>['children'],
  upload: Upload,
  world: World,
): UploadedPart[] {
  const listed = entries.filter(({ name }) => name === 'Part')
  if (listed.length === 0) throw s3Error('MalformedXML')
  const numbers = listed.map((entry) => Number(childText(entry, 'PartNumber')))
  if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))) {
    throw s3Error('InvalidPartOrder')
  }
  return listed.map((entry, index) => {
    const number = numbers[index] ?? 0
    const part = upload.parts.get(number)
    const etag = (childText(entry, 'ETag') ?? '').replaceAll('"', '')
    if (!part || part.etag.replaceAll('"', '') !== etag) {
      throw s3Error('InvalidPart', { PartNumber: String(number) })
    }
    if (index < listed.length - 1 && part.blob.sizeBytes < world.minPartBytes) {
      throw s3Error('EntityTooSmall', { PartNumber: String(number) })
    }
    return part
  })
}
