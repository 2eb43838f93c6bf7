import { createHash } from 'node:crypto'
import type { BlockBlobClient } from '@azure/storage-blob'
import { z } from 'zod'
import { asEverstowError, EverstowError, hasCode } from '../../model/errors.ts'
import type { Body, ObjectInfo, PutOptions } from '../object-store.ts'
import { type BodyDigest, type BodyPart, readParts } from '../transfer/body-parts.ts'
import { slicedStream } from '../transfer/sliced-stream.ts'
import type { AzureClient } from './client.ts'
import { besides, writtenInfo } from './properties.ts'

/** A blob has at most so many blocks. */
const MOST_BLOCKS = 50_000
const MIB = 1024 * 1024
/** Failures of one request in a row that are mended here; more are left to whoever called. */
const TRIES = 4
const FIRST_PAUSE_MS = 250

interface Upload {
  readonly client: AzureClient
  readonly key: string
  readonly blob: BlockBlobClient
  readonly options: PutOptions
  /** Fires when the caller cancels or one of the blocks failed for good. */
  readonly signal: AbortSignal
}

/** A body in blocks (https://learn.microsoft.com/rest/api/storageservices/put-block), visible with the list at the end and not before. */
export async function putBlocks(
  client: AzureClient,
  target: { readonly key: string; readonly name: string },
  body: Body,
  options: PutOptions,
): Promise<ObjectInfo> {
  const failed = new AbortController()
  const upload: Upload = {
    client,
    key: target.key,
    blob: client.container.getBlockBlobClient(target.name),
    options,
    signal: options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal,
  }
  const { partSizeBytes, staged } = await resume(upload, target.name, body)
  const { ids, whole } = await stageAll(upload, body, partSizeBytes, staged, failed)
  // Committing the same list again is harmless: its blocks are found among the committed ones.
  const answer = await persistently(upload, () =>
    client.guarded({ key: target.key, signal: upload.signal }, (guard) =>
      upload.blob.commitBlockList(ids, { ...besides(client, options, whole), abortSignal: guard.signal }),
    ),
  )
  await options.journal?.clear()
  return writtenInfo(client, target.key, body.sizeBytes, answer, whole, options)
}

const tokenSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  sizeBytes: z.number(),
  partSizeBytes: z.number().int().positive(),
})

/** The blocks of an earlier process, where the journal knows of one; otherwise makes the entry for the next one. */
async function resume(
  upload: Upload,
  name: string,
  body: Body,
): Promise<{ readonly partSizeBytes: number; readonly staged: ReadonlyMap<string, number> }> {
  const { journal } = upload.options
  const token = tokenSchema.safeParse(parsed(await journal?.load())).data
  if (token?.name === name && token.sizeBytes === body.sizeBytes)
    return { partSizeBytes: token.partSizeBytes, staged: await uncommittedBlocks(upload) }
  const partSizeBytes = blockSizeFor(body.sizeBytes, upload.client.config.partSizeBytes)
  await journal?.save(JSON.stringify({ version: 1, name, sizeBytes: body.sizeBytes, partSizeBytes }))
  return { partSizeBytes, staged: new Map() }
}

/** The usual size, or what it takes to get by with the blocks that one blob may have. */
export function blockSizeFor(sizeBytes: number, usualBytes: number): number {
  return sizeBytes <= usualBytes * MOST_BLOCKS ? usualBytes : Math.ceil(sizeBytes / MOST_BLOCKS / MIB) * MIB
}

async function uncommittedBlocks(upload: Upload): Promise<ReadonlyMap<string, number>> {
  const { client, key, blob } = upload
  try {
    const list = await client.guarded({ key, signal: upload.signal }, (guard) =>
      blob.getBlockList('uncommitted', { abortSignal: guard.signal }),
    )
    return new Map(list.uncommittedBlocks?.map((block) => [block.name, block.size]))
  } catch (error) {
    // The service forgets uncommitted blocks after a week, and with them a blob that was nothing else.
    if (hasCode(error, 'object-missing')) return new Map()
    throw error
  }
}

/** Stages every part that is not there yet, a few at once. Gives the ids in order and what the whole body was. */
async function stageAll(
  upload: Upload,
  body: Body,
  partSizeBytes: number,
  staged: ReadonlyMap<string, number>,
  failed: AbortController,
): Promise<{ readonly ids: string[]; readonly whole: BodyDigest }> {
  const ids: string[] = []
  const onTheirWay = new Set<Promise<void>>()
  let safeBytes = 0
  let whole: BodyDigest | undefined
  let firstFailure: EverstowError | undefined
  const safe = (part: BodyPart): void => {
    safeBytes += part.bytes.length
    upload.options.onProgress?.(safeBytes)
  }
  const fail = (error: unknown): void => {
    firstFailure ??= asEverstowError(error)
    failed.abort()
  }
  try {
    for await (const part of readParts(body, partSizeBytes, {
      ...upload.options,
      key: upload.key,
      signal: upload.signal,
    })) {
      const md5 = createHash('md5').update(part.bytes).digest()
      const id = blockId(ids.length, md5)
      ids.push(id)
      whole = part.whole
      if (staged.get(id) === part.bytes.length) {
        safe(part)
        continue
      }
      const work = stage(upload, id, part.bytes, md5)
        .then(() => safe(part), fail)
        .finally(() => onTheirWay.delete(work))
      onTheirWay.add(work)
      if (onTheirWay.size >= upload.client.config.parallelParts) await Promise.race(onTheirWay)
    }
  } catch (error) {
    fail(error)
  }
  await Promise.all(onTheirWay)
  if (firstFailure) {
    // Wrong bytes do not get right by going on with them.
    if (firstFailure.code === 'checksum-mismatch') await upload.options.journal?.clear()
    throw firstFailure
  }
  if (!whole) throw new EverstowError('internal', { message: 'A body ended without a last part' })
  return { ids, whole }
}

/** One block; the service refuses it when its MD5 is another. */
function stage(upload: Upload, id: string, bytes: Buffer, md5: Buffer): Promise<unknown> {
  const { client, key, blob } = upload
  return persistently(upload, () =>
    client.guarded({ key, signal: upload.signal }, (guard) =>
      blob.stageBlock(id, () => slicedStream([bytes], guard), bytes.length, {
        transactionalContentMD5: md5,
        abortSignal: guard.signal,
      }),
    ),
  )
}

/** Tries again what fails for a moment; a block that was damaged on its way is one of those. */
async function persistently<T>({ client, signal }: Upload, work: () => Promise<T>): Promise<T> {
  const { clock, random } = client.env
  for (let failures = 1; ; failures++) {
    try {
      return await work()
    } catch (error) {
      const { retry, retryAfterMs } = asEverstowError(error)
      if (retry !== 'retry' || failures >= TRIES) throw error
      const pauseMs = retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (failures - 1) * (0.5 + random.float())
      await clock.sleep(pauseMs, signal).catch((cause: unknown) => {
        throw new EverstowError('cancelled', { cause })
      })
    }
  }
}

/** Of the same length for every block, as the service demands; the hash makes it say what the block holds. */
function blockId(index: number, md5: Buffer): string {
  return Buffer.from(`${String(index).padStart(5, '0')}-${md5.toString('hex')}`).toString('base64')
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    // A damaged journal costs only the progress; the schema refuses undefined.
    return undefined
  }
}
