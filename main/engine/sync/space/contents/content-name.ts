import { createHmac, timingSafeEqual } from 'node:crypto'
import { CHUNK_ID_BYTES } from '../../../repository/crypto/chunk-id.ts'
import type { RepoKeys } from '../../../repository/crypto/repo-keys.ts'

/** What a content of no bytes is called. */
export const EMPTY_CONTENT = '0-'

const WORD = Buffer.from('everstow/v1/content', 'latin1')

/**
 * What a content is called, by its size and the ids of its chunks, one after another. The key is the one that names chunks: it never changes, so that equal contents
 * keep one name for ever.
 */
export function nameContent(keys: RepoKeys, sizeBytes: number, chunkIds: Uint8Array): string {
  if (sizeBytes === 0) return EMPTY_CONTENT
  const id = chunkIds.length === CHUNK_ID_BYTES ? chunkIds : idOfList(keys, chunkIds)
  return [sizeBytes, Buffer.from(id.buffer, id.byteOffset, id.length).toString('base64url')].join('-')
}

/** The id in a content's name: of its only chunk, or of the list of its chunks. */
export function idOfContent(content: string): Uint8Array {
  return Buffer.from(content.slice(content.indexOf('-') + 1), 'base64url')
}

/** Whether these are the chunks of the content. */
export function isListOf(keys: RepoKeys, content: string, chunkIds: Uint8Array): boolean {
  const id = idOfContent(content)
  return id.length === CHUNK_ID_BYTES && timingSafeEqual(id, idOfList(keys, chunkIds))
}

function idOfList(keys: RepoKeys, chunkIds: Uint8Array): Uint8Array {
  return createHmac('sha256', keys.subkey('chunk-id')).update(WORD).update(chunkIds).digest()
}
