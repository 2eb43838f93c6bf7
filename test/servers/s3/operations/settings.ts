import type { Call, World } from '../call.ts'
import { s3Error } from '../errors.ts'
import type { ObjectSettings } from '../state.ts'

const MAX_KEY_BYTES = 1024
const MAX_METADATA_BYTES = 2048

/** The key of the call, within the limits of the service. */
export function checkedKey(call: Call): string {
  const key = call.key ?? ''
  if (Buffer.byteLength(key, 'utf8') > MAX_KEY_BYTES) throw s3Error('KeyTooLongError')
  return key
}

/** Content type, user metadata, class and encryption from the headers of a put. */
export function settingsOf(call: Call, world: World): ObjectSettings {
  const { headers } = call
  const metadata: Record<string, string> = {}
  let metadataBytes = 0
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-amz-meta-')) continue
    metadata[name.slice('x-amz-meta-'.length)] = value
    metadataBytes += Buffer.byteLength(name.slice('x-amz-meta-'.length)) + Buffer.byteLength(value)
  }
  if (metadataBytes > MAX_METADATA_BYTES) throw s3Error('MetadataTooLarge')
  const asked = headers['x-amz-server-side-encryption']
  if (asked !== undefined && asked !== 'AES256' && asked !== 'aws:kms') throw s3Error('InvalidArgument')
  const kind = asked ?? (world.kmsByDefault ? 'aws:kms' : undefined)
  const kmsKeyId = headers['x-amz-server-side-encryption-aws-kms-key-id']
  return {
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    metadata,
    storageClass: headers['x-amz-storage-class'],
    encryption: kind === undefined ? undefined : { kind, kmsKeyId },
  }
}

/** Headers that tell how an object is encrypted. */
export function encryptionHeaders({
  encryption,
}: Pick<ObjectSettings, 'encryption'>): Record<string, string> {
  if (!encryption) return {}
  return {
    'x-amz-server-side-encryption': encryption.kind,
    ...(encryption.kmsKeyId !== undefined && {
      'x-amz-server-side-encryption-aws-kms-key-id': encryption.kmsKeyId,
    }),
  }
}

/** An entity tag: the MD5, or under KMS something that is none. */
export function entityTag(md5: Buffer, settings: ObjectSettings, world: World): string {
  const opaque = settings.encryption?.kind === 'aws:kms'
  return `"${opaque ? world.newId().padEnd(32, '0').slice(0, 32) : md5.toString('hex')}"`
}
