import { hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { freeBuffer } from '../../env/node/free-buffer.ts'
import type { Random } from '../../env/random.ts'
import { beginSeal, NONCE_BYTES, open, seal, TAG_BYTES } from '../../repository/crypto/aead.ts'
import type { RepoKeys } from '../../repository/crypto/repo-keys.ts'
import { damaged } from '../../repository/format/damaged.ts'
import { parseBoundedJson } from '../../repository/format/json-fields.ts'
import { mostFromFrame } from '../../repository/format/most-from-frame.ts'

/** What a sealed object of a space is. */
export type SpaceObject = 'about' | 'slot' | 'checkpoint'

const MAGIC = Buffer.from('EVSTSY01', 'latin1')
const TYPE_CODES: Readonly<Record<SpaceObject, number>> = { about: 1, slot: 2, checkpoint: 3 }
const EPOCH_OFFSET = 12
const PREFIX_BYTES = 16
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 3 }
/** How much JSON of a space shrinks, and room for what is small. */
const USUAL_RATIO = 8
const LEAST_PIECE_BYTES = 64 * 1024
const PART_BYTES = 1024 * 1024

/** The largest slot as it is stored. */
export const LARGEST_SLOT_BYTES = 8 * 1024 * 1024
export const LARGEST_CHECKPOINT_BYTES = 512 * 1024 * 1024
/** What may come out of an object at most: a small frame can claim gigabytes. */
const LARGEST_PLAIN_BYTES: Readonly<Record<SpaceObject, number>> = {
  about: 64 * 1024,
  slot: 64 * 1024 * 1024,
  checkpoint: 480 * 1024 * 1024,
}

/** Which object it is: another space's, or another slot's, does not open in its place. */
export interface SpaceObjectName {
  readonly type: SpaceObject
  readonly spaceId: string
  /** 0 where there is only one. */
  readonly slot: number
}

/** Seals JSON for its place. */
export function sealJson(keys: RepoKeys, name: SpaceObjectName, json: unknown, random: Random): Uint8Array {
  return sealBytes(keys, name, Buffer.from(JSON.stringify(json)), random)
}

/** Seals bytes for their place. The nonce is random: far fewer than 2^32 objects share an epoch's key. */
function sealBytes(keys: RepoKeys, name: SpaceObjectName, plain: Uint8Array, random: Random): Uint8Array {
  const prefix = prefixOf(keys, name)
  const packed = zstdCompressSync(plain, { params: PARAMS })
  const nonce = random.bytes(NONCE_BYTES)
  const sealed = seal(keys.subkey('sync'), nonce, aadOf(keys, name, prefix), [packed])
  return Buffer.concat([prefix, nonce, sealed])
}

/**
 * As `sealJson`, of text that comes in parts and is never there whole. The parts are asked for in turns with other work; what they are made of must stay as it is.
 */
export async function sealText(
  keys: RepoKeys,
  name: SpaceObjectName,
  text: Iterable<string>,
  random: Random,
): Promise<Uint8Array> {
  const prefix = prefixOf(keys, name)
  const nonce = random.bytes(NONCE_BYTES)
  const sealing = beginSeal(keys.subkey('sync'), nonce, aadOf(keys, name, prefix))
  const parts: Uint8Array[] = [prefix, nonce]
  const compress = createZstdCompress({ params: PARAMS, chunkSize: PART_BYTES })
  await pipeline(Readable.from(text), compress, async (packed: AsyncIterable<Uint8Array>) => {
    for await (const part of packed) parts.push(sealing.update(part))
  })
  parts.push(sealing.end())
  return joined(parts)
}

/** All of it in one piece; each part is given back as soon as it is in it. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const part of parts) {
    whole.set(part, end)
    end += part.length
    freeBuffer(part)
  }
  return whole
}

function prefixOf({ epoch }: RepoKeys, { type }: SpaceObjectName): Uint8Array {
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.set(MAGIC)
  prefix[8] = TYPE_CODES[type]
  prefix.writeUInt32LE(epoch, EPOCH_OFFSET)
  return prefix
}

/** The JSON of a sealed object, not looked at yet; fails as `openBytes`, and where it is no JSON. */
export function openJson(keys: RepoKeys, name: SpaceObjectName, bytes: Uint8Array): unknown {
  const json = parseBoundedJson(openBytes(keys, name, bytes), LARGEST_PLAIN_BYTES[name.type])
  if (json === undefined) throw damaged(`sync-${name.type}`, 'json')
  return json
}

/**
 * What is in a sealed object; `data-damaged` where it is not this very object. `key-missing` for keys newer than ours. What is `spent` nobody needs any more: it is
 * given back as soon as it is open.
 */
export function openBytes(
  keys: RepoKeys,
  name: SpaceObjectName,
  bytes: Uint8Array,
  use: 'kept' | 'spent' = 'kept',
): Uint8Array {
  const what = `sync-${name.type}`
  if (bytes.length < PREFIX_BYTES + NONCE_BYTES + TAG_BYTES) throw damaged(what, 'cut')
  const prefix = bytes.subarray(0, PREFIX_BYTES)
  if (!MAGIC.equals(prefix.subarray(0, MAGIC.length))) throw damaged(what, 'magic')
  if (prefix[8] !== TYPE_CODES[name.type]) throw damaged(what, 'type')
  const epoch = new DataView(bytes.buffer, bytes.byteOffset).getUint32(EPOCH_OFFSET, true)
  const nonce = bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + NONCE_BYTES)
  const sealed = bytes.subarray(PREFIX_BYTES + NONCE_BYTES)
  const packed = open(keys.subkey('sync', epoch), nonce, aadOf(keys, name, prefix), sealed, what)
  if (use === 'spent') freeBuffer(bytes)
  const plain = unpack(packed, LARGEST_PLAIN_BYTES[name.type], what)
  freeBuffer(packed)
  return plain
}

/** How the slot that follows names this one. */
export const hashOfSlot = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex')

function unpack(packed: Uint8Array, mostBytes: number, what: string): Uint8Array {
  try {
    const maxOutputLength = mostFromFrame(packed.length, mostBytes)
    // In few pieces: they stay until they are collected.
    const chunkSize = Math.max(LEAST_PIECE_BYTES, Math.min(maxOutputLength, packed.length * USUAL_RATIO))
    return zstdDecompressSync(packed, { maxOutputLength, chunkSize })
  } catch (cause) {
    throw damaged(what, 'zstd', cause)
  }
}

function aadOf(keys: RepoKeys, { spaceId, slot }: SpaceObjectName, prefix: Uint8Array): Uint8Array {
  return Buffer.concat([prefix, keys.repoId, Buffer.from(`sync:${spaceId}:${slot}`)])
}
