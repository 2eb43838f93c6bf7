import { s3Error } from './errors.ts'

export interface Route {
  readonly operation: string
  /** Right the caller needs, as policies name it. */
  readonly action: string
  readonly bucketName: string | undefined
  readonly key: string | undefined
  readonly query: URLSearchParams
}

/** method, scope, query marks that must be there → operation and the right it needs. The first that fits wins. */
const ROUTES: readonly (readonly [
  string,
  'service' | 'bucket' | 'object',
  readonly string[],
  string,
  string,
])[] = [
  ['GET', 'service', [], 'ListBuckets', 's3:ListAllMyBuckets'],
  ['PUT', 'bucket', ['versioning'], 'PutBucketVersioning', 's3:PutBucketVersioning'],
  ['PUT', 'bucket', [], 'CreateBucket', 's3:CreateBucket'],
  ['HEAD', 'bucket', [], 'HeadBucket', 's3:ListBucket'],
  ['DELETE', 'bucket', [], 'DeleteBucket', 's3:DeleteBucket'],
  ['GET', 'bucket', ['versioning'], 'GetBucketVersioning', 's3:GetBucketVersioning'],
  ['GET', 'bucket', ['object-lock'], 'GetObjectLockConfiguration', 's3:GetBucketObjectLockConfiguration'],
  ['GET', 'bucket', ['location'], 'GetBucketLocation', 's3:GetBucketLocation'],
  ['GET', 'bucket', ['uploads'], 'ListMultipartUploads', 's3:ListBucketMultipartUploads'],
  ['GET', 'bucket', ['versions'], 'ListObjectVersions', 's3:ListBucketVersions'],
  ['GET', 'bucket', ['list-type'], 'ListObjectsV2', 's3:ListBucket'],
  ['POST', 'bucket', ['delete'], 'DeleteObjects', 's3:DeleteObject'],
  ['PUT', 'object', ['partNumber', 'uploadId'], 'UploadPart', 's3:PutObject'],
  ['PUT', 'object', [], 'PutObject', 's3:PutObject'],
  ['POST', 'object', ['uploads'], 'CreateMultipartUpload', 's3:PutObject'],
  ['POST', 'object', ['uploadId'], 'CompleteMultipartUpload', 's3:PutObject'],
  ['DELETE', 'object', ['uploadId'], 'AbortMultipartUpload', 's3:AbortMultipartUpload'],
  ['GET', 'object', ['uploadId'], 'ListParts', 's3:ListMultipartUploadParts'],
  ['GET', 'object', [], 'GetObject', 's3:GetObject'],
  ['HEAD', 'object', [], 'HeadObject', 's3:GetObject'],
  ['DELETE', 'object', ['versionId'], 'DeleteObject', 's3:DeleteObjectVersion'],
  ['DELETE', 'object', [], 'DeleteObject', 's3:DeleteObject'],
]

/** Query names that do not choose an operation. Any other unknown name means one that this server does not have. */
const PARAMETERS = new Set([
  'x-id',
  'prefix',
  'delimiter',
  'max-keys',
  'continuation-token',
  'start-after',
  'encoding-type',
  'fetch-owner',
  'key-marker',
  'version-id-marker',
  'upload-id-marker',
  'max-uploads',
  'max-parts',
  'part-number-marker',
  'versionId',
])

/** What a path-style request asks for; `NotImplemented` for anything this server does not really do. */
export function routeOf(method: string, target: string): Route {
  const [path = '/', search = ''] = target.split('?', 2)
  // In paths a plus is a plus; URLSearchParams would read it as a space, and AWS does so in queries too.
  const query = new URLSearchParams(search)
  const [, bucketPart = '', ...keyParts] = path.split('/')
  const bucketName = bucketPart === '' ? undefined : decodePath(bucketPart)
  const key = keyParts.join('/') === '' ? undefined : decodePath(keyParts.join('/'))
  const scope = bucketName === undefined ? 'service' : key === undefined ? 'bucket' : 'object'
  for (const [routeMethod, routeScope, marks, operation, action] of ROUTES) {
    if (routeMethod !== method || routeScope !== scope) continue
    if (!marks.every((mark) => query.has(mark))) continue
    const strange = [...query.keys()].filter((name) => !marks.includes(name) && !PARAMETERS.has(name))
    if (strange.length > 0) throw s3Error('NotImplemented', { Query: strange.join(',') })
    return { operation, action, bucketName, key, query }
  }
  throw s3Error(method === 'POST' || method === 'GET' ? 'NotImplemented' : 'MethodNotAllowed')
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Not percent-encoded UTF-8: no key can be meant.
    throw s3Error('InvalidArgument', {}, "Couldn't parse the specified URI.")
  }
}
