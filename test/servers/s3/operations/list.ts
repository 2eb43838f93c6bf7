import { type Call, type Operation, xmlAnswer } from '../call.ts'
import { s3Error } from '../errors.ts'
import { type Bucket, compareUtf8, currentVersion, findBucket, sortedKeys, type Version } from '../state.ts'
import { document, element } from '../xml.ts'

const MAX_KEYS = 1000

/** One page in the order of the keys' bytes, with prefix, delimiter and continuation. */
export const listObjectsV2: Operation = (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  const { query } = call
  if (query.get('list-type') !== '2') throw s3Error('InvalidArgument', { ArgumentName: 'list-type' })
  const encode = keyEncoder(call)
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const token = query.get('continuation-token')
  const after = token === null ? (query.get('start-after') ?? '') : decodeToken(token, bucket)
  const limit = pageSize(query.get('max-keys'))

  const contents: string[] = []
  const prefixes: string[] = []
  let last = after
  let more = false
  for (let index = firstAfter(sortedKeys(bucket), after); ; index++) {
    const key = sortedKeys(bucket)[index]
    if (key === undefined) break
    const version = key.startsWith(prefix) ? currentVersion(bucket, key) : undefined
    if (!version) continue
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const group = cut < 0 ? undefined : key.slice(0, cut + delimiter.length)
    // A whole group is one entry; its further keys were told with it.
    if (group !== undefined && (prefixes.includes(group) || after.startsWith(group))) {
      last = key
      continue
    }
    if (contents.length + prefixes.length >= limit) {
      more = true
      break
    }
    if (group === undefined) contents.push(contentsOf(key, version, encode))
    else prefixes.push(group)
    last = key
  }
  const inner = [
    element('Name', bucket.name),
    element('Prefix', encode(prefix)),
    element('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
    element('EncodingType', query.get('encoding-type') ?? undefined),
    element('KeyCount', contents.length + prefixes.length),
    element('MaxKeys', limit),
    element('IsTruncated', more),
    element('ContinuationToken', token ?? undefined),
    element('NextContinuationToken', more ? encodeToken(last, bucket) : undefined),
    ...contents,
    ...prefixes.map((group) => `<CommonPrefixes>${element('Prefix', encode(group))}</CommonPrefixes>`),
  ]
  return xmlAnswer(document('ListBucketResult', inner.join('')))
}

/** All versions and delete markers of a prefix, up to 1,000. */
export const listObjectVersions: Operation = (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  const encode = keyEncoder(call)
  const prefix = call.query.get('prefix') ?? ''
  const limit = pageSize(call.query.get('max-keys'))
  const rows = sortedKeys(bucket)
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => (bucket.objects.get(key) ?? []).map((version, index) => ({ key, version, index })))
  const inner = rows.slice(0, limit).map(({ key, version, index }) => {
    const shared =
      element('Key', encode(key)) +
      element('VersionId', version.versionId) +
      element('IsLatest', index === 0) +
      element('LastModified', new Date(version.modifiedMs).toISOString())
    return version.deleted
      ? `<DeleteMarker>${shared}</DeleteMarker>`
      : `<Version>${shared}${element('ETag', version.etag)}${element('Size', version.blob?.sizeBytes)}</Version>`
  })
  const head = element('Name', bucket.name) + element('IsTruncated', rows.length > limit)
  return xmlAnswer(document('ListVersionsResult', head + inner.join('')))
}

/** Percent-encoding of keys in listings where the client asks for it; spaces become `+`, as at the service. */
export function keyEncoder(call: Call): (key: string) => string {
  const type = call.query.get('encoding-type')
  if (type !== null && type !== 'url') throw s3Error('InvalidArgument', { ArgumentName: 'encoding-type' })
  if (type === null) return (key) => key
  return (key) => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')
}

function contentsOf(key: string, version: Version, encode: (key: string) => string): string {
  const fields = [
    element('Key', encode(key)),
    element('LastModified', new Date(version.modifiedMs).toISOString()),
    element('ETag', version.etag),
    element('Size', version.blob?.sizeBytes ?? 0),
    element('StorageClass', version.storageClass ?? 'STANDARD'),
  ]
  return `<Contents>${fields.join('')}</Contents>`
}

function pageSize(text: string | null): number {
  if (text === null) return MAX_KEYS
  if (!/^\d{1,9}$/.test(text)) throw s3Error('InvalidArgument', { ArgumentName: 'max-keys' })
  return Math.min(Number(text), MAX_KEYS)
}

/** Index of the first key behind `after`, by bisection. */
function firstAfter(keys: readonly string[], after: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareUtf8(keys[middle] ?? '', after) <= 0) low = middle + 1
    else high = middle
  }
  return after === '' ? 0 : low
}

/** Tokens are opaque and bound to their bucket, so that a client that makes them up is found out. */
function encodeToken(key: string, bucket: Bucket): string {
  return Buffer.from(JSON.stringify([bucket.name, key]), 'utf8').toString('base64url')
}

function decodeToken(token: string, bucket: Bucket): string {
  try {
    const [name, key] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as [string, string]
    if (name === bucket.name && typeof key === 'string') return key
  } catch {
    // Not a token of ours: refused below.
  }
  throw s3Error('InvalidArgument', {}, 'The continuation token provided is incorrect')
}
