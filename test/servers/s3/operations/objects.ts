import { type Answer, type Call, type Operation, type World, xmlAnswer } from '../call.ts'
import { s3Error } from '../errors.ts'
import { addVersion, type Bucket, currentVersion, findBucket, removeVersion, type Version } from '../state.ts'
import { childText, document, element, parseXml } from '../xml.ts'
import { checkReadConditions, checkWriteConditions, refuseConditions } from './conditions.ts'
import { readSmallBody } from './read-small-body.ts'
import { checkedKey, encryptionHeaders, entityTag, settingsOf } from './settings.ts'

export const putObject: Operation = async (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  const key = checkedKey(call)
  if (call.headers['x-amz-copy-source'] !== undefined) throw s3Error('NotImplemented')
  const settings = settingsOf(call, world)
  refuseConditions(call, world)
  const { blob, md5, checksums } = await call.receive()
  try {
    checkWriteConditions(call, world, currentVersion(bucket, key))
  } catch (error) {
    await blob.dispose()
    throw error
  }
  const etag = entityTag(md5, settings, world)
  const version = { ...settings, ...newVersion(bucket, world), blob, etag, checksums }
  addVersion(bucket, key, version)
  return { status: 200, headers: { etag, ...writeHeaders(bucket, version) } }
}

export const getObject: Operation = (call, world) => readObject(call, world, true)

export const headObject: Operation = (call, world) => readObject(call, world, false)

export const deleteObject: Operation = (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  const headers = deleteKey(bucket, checkedKey(call), call.query.get('versionId') ?? undefined, world)
  return { status: 204, headers }
}

/** Up to 1,000 keys at once; Content-MD5 or a checksum is required. */
export const deleteObjects: Operation = async (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  const protectedBody =
    call.headers['content-md5'] !== undefined ||
    Object.keys(call.headers).some((name) => name.startsWith('x-amz-checksum-'))
  if (!protectedBody) {
    throw s3Error('InvalidRequest', {}, 'Missing required header for this request: Content-MD5')
  }
  const root = parseXml(await readSmallBody(call))
  const entries = root.children.filter(({ name }) => name === 'Object')
  if (root.name !== 'Delete' || entries.length === 0 || entries.length > 1000) throw s3Error('MalformedXML')
  const quiet = childText(root, 'Quiet') === 'true'
  const deleted = entries.map((entry) => {
    const key = childText(entry, 'Key')
    if (key === undefined) throw s3Error('MalformedXML')
    deleteKey(bucket, key, childText(entry, 'VersionId'), world)
    return quiet ? '' : `<Deleted>${element('Key', key)}</Deleted>`
  })
  return xmlAnswer(document('DeleteResult', deleted.join('')))
}

/** Id, time and place of what a write adds. */
export function newVersion(
  bucket: Bucket,
  world: World,
): Pick<Version, 'versionId' | 'deleted' | 'modifiedMs'> {
  const versionId = bucket.versioning === 'Enabled' ? world.newId() : 'null'
  // The service keeps whole seconds in Last-Modified.
  return { versionId, deleted: false, modifiedMs: Math.floor(world.now() / 1000) * 1000 }
}

/** Headers every write answers with. */
export function writeHeaders(bucket: Bucket, version: Version): Record<string, string> {
  const headers: Record<string, string> = { ...encryptionHeaders(version) }
  if (bucket.versioning !== undefined) headers['x-amz-version-id'] = version.versionId
  for (const [algorithm, value] of Object.entries(version.checksums)) {
    headers[`x-amz-checksum-${algorithm}`] = value
  }
  return headers
}

function readObject(call: Call, world: World, withContent: boolean): Answer {
  const bucket = findBucket(world.buckets, call.bucketName)
  const version = findVersion(bucket, checkedKey(call), call.query.get('versionId'))
  const { blob } = version
  if (!blob) throw s3Error('NoSuchKey', { Key: call.key ?? '' })
  if (checkReadConditions(call, version)) return { status: 304, headers: { etag: version.etag } }
  const range = parseRange(call.headers.range, blob.sizeBytes)
  const { start, end } = range ?? { start: 0, end: blob.sizeBytes }
  const headers: Record<string, string | number> = {
    etag: version.etag,
    'accept-ranges': 'bytes',
    'content-type': version.contentType,
    'content-length': end - start,
    'last-modified': new Date(version.modifiedMs).toUTCString(),
    ...encryptionHeaders(version),
  }
  if (bucket.versioning !== undefined) headers['x-amz-version-id'] = version.versionId
  if (version.storageClass && version.storageClass !== 'STANDARD') {
    headers['x-amz-storage-class'] = version.storageClass
  }
  for (const [name, value] of Object.entries(version.metadata)) headers[`x-amz-meta-${name}`] = value
  if (!range && call.headers['x-amz-checksum-mode'] === 'ENABLED') {
    for (const [algorithm, value] of Object.entries(version.checksums)) {
      headers[`x-amz-checksum-${algorithm}`] = value
    }
  }
  if (range) headers['content-range'] = `bytes ${start}-${end - 1}/${blob.sizeBytes}`
  return { status: range ? 206 : 200, headers, ...(withContent && { content: { blob, start, end } }) }
}

function findVersion(bucket: Bucket, key: string, versionId: string | null): Version {
  if (versionId === null) {
    const current = currentVersion(bucket, key)
    if (!current) throw s3Error('NoSuchKey', { Key: key })
    return current
  }
  const version = bucket.objects.get(key)?.find((candidate) => candidate.versionId === versionId)
  if (!version) throw s3Error('NoSuchVersion', { Key: key, VersionId: versionId })
  return version
}

function deleteKey(
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  world: World,
): Record<string, string> {
  if (versionId !== undefined) {
    removeVersion(bucket, key, versionId)
    return { 'x-amz-version-id': versionId }
  }
  if (bucket.versioning === undefined) {
    removeVersion(bucket, key, 'null')
    return {}
  }
  const marker = { ...newVersion(bucket, world), ...MARKER }
  addVersion(bucket, key, marker)
  return { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId }
}

const MARKER = {
  deleted: true,
  blob: undefined,
  etag: '',
  contentType: '',
  metadata: {},
  storageClass: undefined,
  encryption: undefined,
  checksums: {},
}

/** One byte range (RFC 9110); several ranges and other units are ignored, as the service ignores them. */
function parseRange(
  header: string | undefined,
  sizeBytes: number,
): { readonly start: number; readonly end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const unsatisfiable = s3Error('InvalidRange', { ActualObjectSize: String(sizeBytes) })
  if (match[1] === '') {
    const suffix = Math.min(Number(match[2]), sizeBytes)
    if (suffix === 0) throw unsatisfiable
    return { start: sizeBytes - suffix, end: sizeBytes }
  }
  const start = Number(match[1])
  if (start >= sizeBytes) throw unsatisfiable
  if (match[2] === '') return { start, end: sizeBytes }
  const last = Number(match[2])
  return last < start ? undefined : { start, end: Math.min(last + 1, sizeBytes) }
}
