import { EverstowError } from '../../model/errors.ts'
import { bodyOfBytes } from '../body.ts'
import { checkConditionalSize } from '../limits.ts'
import type { Body, ObjectInfo, PutIfAbsentAnswer, PutOptions } from '../object-store.ts'
import { readWhole } from '../transfer/body-parts.ts'
import { slicedStream } from '../transfer/sliced-stream.ts'
import { putBlocks } from './blocks.ts'
import type { AzureClient } from './client.ts'
import { serviceCodeOf, statusOf } from './errors.ts'
import { besides, writtenInfo } from './properties.ts'

/** Replaces or creates: in one request up to the part size, else in blocks. */
export async function put(
  client: AzureClient,
  key: string,
  body: Body,
  options: PutOptions = {},
): Promise<ObjectInfo> {
  const name = client.nameOf(key)
  if (body.sizeBytes > client.config.partSizeBytes) return putBlocks(client, { key, name }, body, options)
  const { bytes, whole } = await readWhole(body, { key, ...options })
  const info = await client.guarded({ key, signal: options.signal }, (guard) =>
    client.container.getBlockBlobClient(name).upload(() => slicedStream([bytes], guard), bytes.length, {
      ...besides(client, options, whole),
      abortSignal: guard.signal,
    }),
  )
  options.onProgress?.(bytes.length)
  return writtenInfo(client, key, bytes.length, info, whole, options)
}

/** Creates only where nothing is there: `If-None-Match: *`. */
export async function putIfAbsent(
  client: AzureClient,
  key: string,
  bytes: Uint8Array,
  options: PutOptions = {},
): Promise<PutIfAbsentAnswer> {
  const name = client.nameOf(key)
  checkConditionalSize(key, bytes.byteLength)
  const { bytes: content, whole } = await readWhole(bodyOfBytes(bytes), { key, ...options })
  try {
    return await client.guarded({ key, signal: options.signal }, async (guard) => {
      try {
        await client.container
          .getBlockBlobClient(name)
          .upload(() => slicedStream([content], guard), content.length, {
            ...besides(client, options, whole),
            conditions: { ifNoneMatch: '*' },
            abortSignal: guard.signal,
          })
        options.onProgress?.(content.length)
        return 'created'
      } catch (error) {
        const answer = answerOf(error)
        if (answer) return answer
        throw error
      }
    })
  } catch (error) {
    const lost =
      error instanceof EverstowError && (error.code === 'timed-out' || error.code === 'connection-lost')
    if (lost) return 'ambiguous'
    throw error
  }
}

/** By error code, not by status: 409 means both "there is one" and "somebody else is at it". */
function answerOf(error: unknown): PutIfAbsentAnswer | undefined {
  const status = statusOf(error)
  if (status === undefined) return undefined
  if (EXISTS_CODES.has(serviceCodeOf(error)) || status === 412) return 'exists'
  const uncertain =
    status === 408 || status >= 500 || (status === 409 && !CERTAIN_CONFLICTS.has(serviceCodeOf(error)))
  return uncertain ? 'ambiguous' : undefined
}

/** An immutable blob can only be one that exists. */
const EXISTS_CODES: ReadonlySet<string> = new Set([
  'BlobAlreadyExists',
  'BlobImmutableDueToPolicy',
  'BlobImmutableDueToLegalHold',
])
const CERTAIN_CONFLICTS: ReadonlySet<string> = new Set(['ContainerBeingDeleted', 'PublicAccessNotPermitted'])
