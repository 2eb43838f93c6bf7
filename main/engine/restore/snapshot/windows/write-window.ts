import { asEverstowError, type ErrorCode, EverstowError } from '../../../model/errors.ts'
import type { ChunkIndex } from '../../../repository/index/chunk-index.ts'
import type { ChunkOpener } from '../../../repository/read/open-chunks.ts'
import type { RangeReader } from '../../../repository/read/range-reader.ts'
import type { RestoreCounters } from '../restore-counters.ts'
import type { RestoreWindow } from './restore-window.ts'
import type { WindowFiles } from './window-files.ts'

export interface WriteContext {
  readonly window: RestoreWindow
  readonly index: ChunkIndex
  readonly reader: RangeReader
  readonly opener: ChunkOpener
  readonly counters: RestoreCounters
  readonly files: WindowFiles
  /** Content that may be written before the volume counts as full. */
  readonly budgetBytes: number
  /** Gets a chunk that this source does not have good from another one; undefined when nobody has it. */
  rescue(id: Uint8Array, error: EverstowError): Promise<Uint8Array | undefined>
}

/** A file with content that no source has. */
export interface LostFile {
  readonly file: number
  readonly error: EverstowError
}

/** Trouble with what is stored, as against trouble in reaching it. */
const OF_THE_CONTENT: ReadonlySet<ErrorCode> = new Set([
  'data-damaged',
  'object-missing',
  'chunk-missing',
  'checksum-mismatch',
  'key-missing',
  'io-error',
])

/**
 * Takes tasks from a window until there are none: reads their stretch of a pack, opens each block once, proves each chunk once, and writes it to all
 * the files it belongs to. Answers the files that could not be had; anything else that goes wrong is thrown.
 */
export async function writeWindow(context: WriteContext): Promise<LostFile[]> {
  const { window, reader } = context
  const lost: LostFile[] = []
  const lane = async () => {
    for (;;) {
      const task = Atomics.add(window.header, 0, 1)
      if (task >= window.handles.counts.tasks) return
      if (context.counters.isStopped) throw new EverstowError('cancelled')
      await writeTask(context, window.taskStarts[task]!, window.taskStarts[task + 1]!, lost)
    }
  }
  // A near source answers at once, so one lane does; a far one is asked for several stretches at a time.
  const lanes = await Promise.allSettled(Array.from({ length: reader.depth }, lane))
  context.files.closeAll()
  for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason
  return lost
}

async function writeTask(context: WriteContext, from: number, to: number, lost: LostFile[]): Promise<void> {
  const { window, index, reader, counters } = context
  const { blocks } = index
  const first = index.blockOf(window.pieceSlots[from]!)
  const last = index.blockOf(window.pieceSlots[to - 1]!)
  const start = blocks.offsetOf(first)
  const end = blocks.offsetOf(last) + blocks.storedBytesOf(last)
  let sealed: Uint8Array
  try {
    const answer = reader.read(blocks.packOf(first), start, end)
    // No needless wait: a near source's bytes are good until its next call.
    sealed = answer instanceof Promise ? await answer : answer
  } catch (cause) {
    return rescuePieces(context, from, to, asEverstowError(cause), lost)
  }
  counters.addRead(end - start)
  for (let at = from; at < to; ) {
    const block = index.blockOf(window.pieceSlots[at]!)
    let next = at + 1
    while (next < to && index.blockOf(window.pieceSlots[next]!) === block) next++
    const offset = blocks.offsetOf(block) - start
    const stored = sealed.subarray(offset, offset + blocks.storedBytesOf(block))
    const damage = writeBlock(context, block, stored, at, next)
    at = damage?.to ?? next
    if (!damage) continue
    await rescuePieces(context, damage.from, damage.to, damage.error, lost)
    // While we waited, a near source's buffer may have been used for another stretch.
    if (at < to) return writeTask(context, at, to, lost)
  }
}

/** Pieces that cannot be had from here. */
interface Damage {
  readonly from: number
  readonly to: number
  readonly error: EverstowError
}

/** Writes the pieces [from, to), which lie in one block, up to the first that cannot be had. */
function writeBlock(
  { window, index, opener, files, ...context }: WriteContext,
  block: number,
  sealed: Uint8Array,
  from: number,
  to: number,
): Damage | undefined {
  let at = from
  let opened = false
  try {
    const plain = opener.block(block, sealed)
    opened = true
    const proven = new Set<number>()
    for (; at < to; at++) {
      const slot = window.pieceSlots[at]!
      const start = index.offsetOf(slot)
      const chunk = plain.subarray(start, start + index.lengthOf(slot))
      if (!proven.has(slot)) opener.prove(slot, chunk)
      proven.add(slot)
      spend(context, files.write(window.pieceFiles[at]!, window.pieceOffsets[at]!, chunk))
    }
    release(plain)
    return undefined
  } catch (error) {
    if (asEverstowError(error).code !== 'data-damaged') throw error
    return { from: at, to: opened ? at + 1 : to, error: asEverstowError(error) }
  }
}

/** Below this, memory may be a part of Node's pool of small buffers, which others use. */
const LEAST_OWN_BYTES = 64 * 1024

/**
 * Gives a block's memory back at once. The collector would let such blocks pile up to some hundred megabytes, and every fresh one costs page faults
 * where one just given back costs none.
 */
function release({ buffer, length }: Uint8Array): void {
  if (length >= LEAST_OWN_BYTES && buffer instanceof ArrayBuffer) buffer.transfer(0)
}

async function rescuePieces(
  context: WriteContext,
  from: number,
  to: number,
  error: EverstowError,
  lost: LostFile[],
): Promise<void> {
  if (error.code === 'cancelled') throw error
  const { window, index, files, opener } = context
  for (let at = from; at < to; at++) {
    const slot = window.pieceSlots[at]!
    const chunk = await context.rescue(index.idAt(slot), error)
    const file = window.pieceFiles[at]!
    if (chunk) {
      opener.prove(slot, chunk)
      spend(context, files.write(file, window.pieceOffsets[at]!, chunk))
    } else {
      // A place that went away takes nothing with it: rather stop, and go on when it is back.
      if (!OF_THE_CONTENT.has(error.code)) throw error
      if (files.fail(file)) lost.push({ file, error })
    }
  }
}

function spend(
  { counters, budgetBytes }: Pick<WriteContext, 'counters' | 'budgetBytes'>,
  bytes: number,
): void {
  counters.addBytes(bytes)
  if (counters.bytes > budgetBytes) throw new EverstowError('disk-full', { data: { freeBytes: budgetBytes } })
}
