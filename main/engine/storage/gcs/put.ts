import { type Random, randomHex } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import { bodyOfBytes } from '../body.ts'
import { checkKey, joinPrefix } from '../keys.ts'
import { checkConditionalSize } from '../limits.ts'
import type { Body, ObjectInfo, PutIfAbsentAnswer, PutOptions } from '../object-store.ts'
import { type BodyDigest, readWhole } from '../transfer/body-parts.ts'
import type { GcsCall, GcsClient } from './client.ts'
import { confirmed, resourceFor } from './object-request.ts'
import { infoOfResource, parseResource } from './resource.ts'
import { putResumable } from './resumable.ts'

/** Replaces or creates: in one request up to the part size, else in chunks. */
export async function put(
  client: GcsClient,
  key: string,
  body: Body,
  options: PutOptions = {},
): Promise<ObjectInfo> {
  const name = joinPrefix(client.config.prefix, checkKey(key))
  if (body.sizeBytes > client.config.partSizeBytes) return putResumable(client, { key, name }, body, options)
  const { bytes, whole } = await readWhole(body, { key, ...options })
  const { text } = await client.ask(multipartCall(client, { key, name }, bytes, whole, options))
  const resource = await confirmed(client, key, parseResource(text), body.sizeBytes, whole)
  options.onProgress?.(body.sizeBytes)
  return infoOfResource(resource, key)
}

/** Creates only where nothing is there: generation 0 means "no live object" to the service. */
export async function putIfAbsent(
  client: GcsClient,
  key: string,
  bytes: Uint8Array,
  options: PutOptions = {},
): Promise<PutIfAbsentAnswer> {
  const name = joinPrefix(client.config.prefix, checkKey(key))
  checkConditionalSize(key, bytes.byteLength)
  const { bytes: content, whole } = await readWhole(bodyOfBytes(bytes), { key, ...options })
  const call = multipartCall(client, { key, name }, content, whole, options)
  try {
    const reply = await client.request({ ...call, query: { ...call.query, ifGenerationMatch: '0' } })
    if (reply.status === 200) {
      await confirmed(client, key, parseResource(reply.text), content.length, whole)
      options.onProgress?.(content.length)
      return 'created'
    }
    if (reply.status === 412 || (reply.status === 403 && refusedAsReplacement(reply.text))) return 'exists'
    // It may have been applied all the same, or be applied yet.
    if (reply.status === 408 || reply.status === 409 || reply.status >= 500) return 'ambiguous'
    throw client.refusal(reply, key)
  } catch (error) {
    const lost =
      error instanceof EverstowError && (error.code === 'timed-out' || error.code === 'connection-lost')
    if (lost) return 'ambiguous'
    throw error
  }
}

/** Only replacing needs the right to delete, and only what is there can be under retention: such a refusal says that the name is taken. */
function refusedAsReplacement(text: string): boolean {
  return text.includes('storage.objects.delete') || text.includes('retentionPolicyNotMet')
}

/** One `multipart/related` request (RFC 2387): the resource, then the bytes. */
function multipartCall(
  client: GcsClient,
  { key, name }: { readonly key: string; readonly name: string },
  bytes: Buffer,
  whole: BodyDigest,
  options: PutOptions,
): GcsCall {
  const boundary = boundaryFor(client.env.random)
  const resource = resourceFor(client, name, options, whole.md5)
  const head = `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(resource)}\r\n--${boundary}\r\ncontent-type: ${resource.contentType}\r\n\r\n`
  return {
    method: 'POST',
    path: `/upload/storage/v1/b/${encodeURIComponent(client.config.bucket)}/o`,
    query: { uploadType: 'multipart', name },
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
    body: [Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--`)],
    key,
    signal: options.signal,
  }
}

/** 128 random bits: not found in any body but by design of someone who knows them. */
const boundaryFor = (random: Random): string => `everstow-${randomHex(random, 16)}`
