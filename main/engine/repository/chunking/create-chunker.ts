import { createHmac, createSecretKey } from 'node:crypto'
import { EverstowError } from '../../model/errors.ts'
import { CHUNKER_WASM_BASE64 } from './chunker-wasm.ts'

/** The sizes that every repository of version 1 uses, in bytes. */
export const CHUNK_SIZES = { minBytes: 256 * 1024, averageBytes: 1024 * 1024, maxBytes: 4096 * 1024 } as const

export interface ChunkerOptions {
  /** The repository's subkey `gear`, 32 bytes. */
  readonly gearKey: Uint8Array
  /** At least 64. */
  readonly minBytes: number
  /** A power of two, above `minBytes`. */
  readonly averageBytes: number
  readonly maxBytes: number
  /** Room for input; at least `maxBytes`, or the end of a long chunk could never be told. Twice that wastes little. */
  readonly bufferBytes: number
}

/** Cuts input by content. One per thread and open file: the input lies in its buffer. */
export interface Chunker {
  /** The input, `bufferBytes` long. Read files straight into it. */
  readonly buffer: Uint8Array<ArrayBuffer>
  /**
   * The end of the chunk that starts at `start`, of the input in `buffer[start, end)`; 0 when more input must decide.
   * `isLast` says that the file ends at `end`. The answer depends on the content alone, not on how it was read.
   * After a 0 the next call for this chunk may give the `end` of that one as `from`: what lies before is not looked at again.
   */
  cut(start: number, end: number, isLast: boolean, from?: number): number
}

/** Where the module keeps the parameters, and where the input begins (a cache line of its own). */
const SIZES_AT = 2048
const MASKS_AT = 2064
const INPUT_AT = 4096
const WASM_PAGE_BYTES = 65536

/** The bits of a 64-bit hash, from the highest, among which those of a mask are spread: lower ones know too few bytes. */
const SPREAD_BITS = 48n

/** A chunker after FastCDC (Xia et al., USENIX ATC 2016) with a secret gear table; `docs/format/repository.md`, section 9. */
export function createChunker(options: ChunkerOptions): Chunker {
  const { gearKey, minBytes, averageBytes, maxBytes, bufferBytes } = checked(options)
  const { memory, cut } = instantiate()
  memory.grow(Math.ceil((INPUT_AT + bufferBytes) / WASM_PAGE_BYTES) - 1)

  new BigUint64Array(memory.buffer, 0, 256).set(gearTable(gearKey))
  new Uint32Array(memory.buffer, SIZES_AT, 3).set([minBytes, averageBytes, maxBytes])
  const averageBits = Math.log2(averageBytes)
  new BigUint64Array(memory.buffer, MASKS_AT, 2).set([
    spreadMask(averageBits + 2),
    spreadMask(averageBits - 2),
  ])

  return {
    buffer: new Uint8Array(memory.buffer, INPUT_AT, bufferBytes),
    cut(start, end, isLast, from = start) {
      if (!(start >= 0 && start <= from && from <= end && end <= bufferBytes))
        throw new EverstowError('internal', {
          message: 'chunker: range outside of the buffer',
          data: { start, from, end },
        })
      const at = cut(INPUT_AT + start, INPUT_AT + end, isLast ? 1 : 0, INPUT_AT + from)
      return at === 0 || start === end ? 0 : at - INPUT_AT
    },
  }
}

/** 256 numbers: the first 8 bytes, little-endian, of HMAC-SHA-256(key, one byte). */
export function gearTable(gearKey: Uint8Array): BigUint64Array {
  const key = createSecretKey(gearKey)
  return BigUint64Array.from({ length: 256 }, (_, byte) =>
    createHmac('sha256', key).update(Uint8Array.of(byte)).digest().readBigUInt64LE(0),
  )
}

/** A mask of `bits` ones, spread evenly over the upper 48 bits: one at 63 − ⌊k · 48 / bits⌋ for each k below `bits`. */
export function spreadMask(bits: number): bigint {
  let mask = 0n
  for (let k = 0n; k < BigInt(bits); k++) mask |= 1n << (63n - (k * SPREAD_BITS) / BigInt(bits))
  return mask
}

function checked(options: ChunkerOptions): ChunkerOptions {
  const { gearKey, minBytes, averageBytes, maxBytes, bufferBytes } = options
  const averageBits = Math.log2(averageBytes)
  const sound =
    gearKey.length === 32 &&
    minBytes >= 64 &&
    minBytes < averageBytes &&
    Number.isInteger(averageBits) &&
    averageBytes < maxBytes &&
    maxBytes <= bufferBytes &&
    bufferBytes <= 2 ** 31
  if (!sound)
    throw new EverstowError('internal', {
      message: 'chunker: sizes out of order',
      data: { minBytes, averageBytes, maxBytes, bufferBytes },
    })
  return options
}

interface ChunkerModule {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  cut(start: number, end: number, isLast: number, from: number): number
}

/** The part of the global that we use; its types come with the browser's, which do not belong here. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { readonly exports: unknown }
}

let compiled: object | undefined

function instantiate(): ChunkerModule {
  compiled ??= new WebAssembly.Module(Buffer.from(CHUNKER_WASM_BASE64, 'base64'))
  return new WebAssembly.Instance(compiled).exports as ChunkerModule
}
