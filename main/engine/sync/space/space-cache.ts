import { join } from 'node:path'
import type { Files } from '../../env/files.ts'
import type { Log } from '../../env/log.ts'
import { asEverstowError } from '../../model/errors.ts'
import type { RepoKeys } from '../../repository/crypto/repo-keys.ts'
import { createNodeTexts, type NodeTexts } from '../rows/node-rows.ts'
import { openSlot } from './batch-format.ts'
import { openCheckpoint, type SpaceState } from './checkpoint.ts'
import { hashOfSlot, LARGEST_SLOT_BYTES } from './sealed.ts'

/**
 * What this computer has read of a space: `checkpoint-<slot>`, and runs of slots as they are stored (`slots-<first>-<count>`, each `u32 length ‖ bytes`). All of it is
 * sealed, proven when it is read, and may be deleted at any moment.
 */
export interface SpaceCache {
  /** The newest state before slot `before`. */
  checkpoint(before: number): Promise<SpaceState | undefined>
  /** The slots that follow this one, as far as they are kept and chained. */
  after(slot: number, hash: string, before: number): AsyncGenerator<Uint8Array>
  slot(slot: number): Promise<Uint8Array | undefined>
  keepSlots(first: number, slots: readonly Uint8Array[]): Promise<void>
  keepCheckpoint(slot: number, sealed: Uint8Array): Promise<void>
}

const RUN = /^slots-(\d+)-(\d+)$/
const CHECKPOINT = /^checkpoint-(\d+)$/
/** An older one serves when the newest is beyond what a device may skip. */
const KEPT_CHECKPOINTS = 2

export function openSpaceCache(
  files: Files,
  folder: string,
  keys: RepoKeys,
  spaceId: string,
  log: Log,
  texts: NodeTexts = createNodeTexts(),
): SpaceCache {
  let last: { readonly name: string; readonly slots: readonly Uint8Array[] } | undefined

  const names = async (): Promise<string[]> => {
    await files.mkdir(folder, { mode: 0o700 })
    return files.list(folder)
  }
  const checkpoints = async (): Promise<number[]> =>
    (await names())
      .flatMap((name) => CHECKPOINT.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((one, other) => other - one)

  async function slot(wanted: number): Promise<Uint8Array | undefined> {
    const name = (await names()).find((each) => {
      const run = RUN.exec(each)
      const first = Number(run?.[1])
      return run && first <= wanted && wanted < first + Number(run[2])
    })
    if (name === undefined) return undefined
    if (last?.name !== name) last = { name, slots: runOf(await files.readFile(join(folder, name))) }
    return last.slots[wanted - Number(RUN.exec(name)![1])]
  }

  return {
    slot,
    async checkpoint(before) {
      for (const at of await checkpoints()) {
        if (at >= before) continue
        try {
          const bytes = await files.readFile(join(folder, `checkpoint-${at}`))
          return openCheckpoint(keys, spaceId, at, bytes, texts, 'spent')
        } catch (error) {
          log.warn('kept checkpoint does not open', { slot: at, error: asEverstowError(error) })
        }
      }
      return undefined
    },
    async *after(from, hash, before) {
      let previous = hash
      for (let at = from + 1; at < before; at++) {
        const bytes = await slot(at)
        if (!bytes || !follows(bytes, at, previous)) return
        previous = hashOfSlot(bytes)
        yield bytes
      }
    },
    async keepSlots(first, slots) {
      await attempt('slots', async () => {
        await files.mkdir(folder, { mode: 0o700 })
        await files.writeAtomic(join(folder, `slots-${first}-${slots.length}`), bytesOfRun(slots), {
          mode: 0o600,
        })
      })
    },
    async keepCheckpoint(at, sealed) {
      await attempt('checkpoint', async () => {
        const older = await checkpoints()
        await files.writeAtomic(join(folder, `checkpoint-${at}`), sealed, { mode: 0o600 })
        const rest = older.filter((one) => one !== at).slice(KEPT_CHECKPOINTS - 1)
        for (const one of rest) await files.remove(join(folder, `checkpoint-${one}`))
      })
    },
  }

  function follows(bytes: Uint8Array, at: number, previous: string): boolean {
    try {
      return openSlot(keys, spaceId, at, bytes).previous === previous
    } catch (error) {
      log.warn('kept slot does not open', { slot: at, error: asEverstowError(error) })
      return false
    }
  }
  /** What cannot be kept is read again. */
  async function attempt(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      log.warn('could not be kept', { what, error: asEverstowError(error) })
    }
  }
}

function bytesOfRun(slots: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    slots.flatMap((bytes) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(bytes.length)
      return [length, bytes]
    }),
  )
}

/** The slots of a run, as far as it is whole. */
function runOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const slots: Uint8Array[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = view.getUint32(at, true)
    at += 4
    if (length > LARGEST_SLOT_BYTES || at + length > bytes.length) break
    slots.push(bytes.subarray(at, at + length))
    at += length
  }
  return slots
}
