import { hash } from 'node:crypto'
import { join } from 'node:path'
import type { Files } from '../../env/files.ts'
import type { Log } from '../../env/log.ts'
import { ownBytes } from '../../env/node/own-bytes.ts'
import type { Random } from '../../env/random.ts'
import { asEverstowError } from '../../model/errors.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { LARGEST_RECORD_BYTES } from '../format/log-record.ts'
import { openCheckpoint, sealCheckpoint } from './checkpoint.ts'
import { entryOf, judgeRecord, type LoadList } from './judge-record.ts'
import type { RecordCodec } from './record-codec.ts'
import { draftOf } from './replay.ts'
import { EMPTY_STATE, type State } from './state.ts'

/**
 * What was verified of a log, on this computer: `checkpoint`, the sealed state after some record, and `log`, the records behind it as they are stored.
 * Both are replaced as a whole; anything odd in them and the log is read from its place again. Records before the checkpoint stay in `records-<position>`,
 * so that the place can be mended with them.
 */
export interface LogCache {
  load(codec: RecordCodec, loadList: LoadList): Promise<State | undefined>
  /** Takes note of slots that follow what was kept, and of the state they led to. */
  keep(state: State, fresh: readonly Uint8Array[]): Promise<void>
  /** The record at a position as it was stored and verified; undefined where it is not kept or no longer what it was. */
  record(pos: number): Promise<Uint8Array | undefined>
  /** Begins anew. */
  drop(): Promise<void>
}

const MAGIC = Buffer.from('EVSTLC01', 'latin1')
const HEADER_BYTES = MAGIC.length + 8
const HASH_BYTES = 32
const ASIDE = 'records-'
/** With more records behind it the kept state is written anew. */
const MOST_IN_TAIL = 256

/** The cache of one destination's log in a folder of its own. */
export function openLogCache(
  files: Files,
  folder: string,
  keys: RepoKeys,
  env: { readonly random: Random; readonly log: Log },
): LogCache {
  const checkpointPath = join(folder, 'checkpoint')
  const logPath = join(folder, 'log')
  /** Records behind the checkpoint; `undefined` until the first state is kept whole. */
  let tail: { readonly first: number; readonly records: Uint8Array[] } | undefined

  async function loadState(codec: RecordCodec, loadList: LoadList): Promise<State | undefined> {
    const sealed = (await files.stat(checkpointPath)) && (await files.readFile(checkpointPath))
    const kept = (await files.stat(logPath)) && (await files.readFile(logPath))
    if (!sealed && !kept) return undefined
    const draft = draftOf(sealed ? openCheckpoint(keys, sealed) : EMPTY_STATE)
    const { first, records } = kept ? parseTail(kept) : { first: draft.now.pos + 1, records: [] }
    // A crash between the two files leaves records that the checkpoint already holds.
    const known = draft.now.pos + 1 - first
    if (known < 0) return undefined
    const behind = records.slice(known)
    for (const bytes of behind) {
      const pos = draft.now.pos + 1
      const judged = judgeRecord(codec, draft.now, pos, bytes)
      draft.apply(await entryOf(judged, pos, codec.hashOf(bytes), loadList))
    }
    if (draft.now.damaged || draft.now.pos < 0) return undefined
    tail = { first: draft.now.pos + 1 - behind.length, records: behind }
    return draft.finish()
  }

  /** Records that leave the tail, under the position of the first. */
  async function putAside(first: number, records: readonly Uint8Array[]): Promise<void> {
    if (records.length === 0) return
    await files.writeAtomic(asidePath(first), formatTail({ first, records }), { mode: 0o600 })
  }

  function asidePath(first: number): string {
    return join(folder, `${ASIDE}${String(first).padStart(12, '0')}`)
  }

  async function asideNames(): Promise<string[]> {
    if (!(await files.stat(folder))) return []
    return (await files.list(folder)).filter((name) => name.startsWith(ASIDE))
  }

  return {
    async load(codec, loadList) {
      try {
        return await loadState(codec, loadList)
      } catch (cause) {
        env.log.warn('kept log cannot be used, reading it again', { folder, error: asEverstowError(cause) })
        return undefined
      }
    },
    async keep(state, fresh) {
      await files.mkdir(folder, { mode: 0o700 })
      const follows = tail && tail.first + tail.records.length + fresh.length === state.pos + 1
      if (!tail || !follows || tail.records.length + fresh.length > MOST_IN_TAIL) {
        if (tail && follows) await putAside(tail.first, [...tail.records, ...fresh])
        else await putAside(state.pos + 1 - fresh.length, fresh)
        await files.writeAtomic(checkpointPath, sealCheckpoint(keys, state, env.random), { mode: 0o600 })
        tail = { first: state.pos + 1, records: [] }
      } else {
        // They stay for as long as the process may live.
        tail.records.push(...fresh.map(ownBytes))
      }
      await files.writeAtomic(logPath, formatTail(tail), { mode: 0o600 })
    },
    async record(pos) {
      const at = tail ? pos - tail.first : -1
      if (tail && at >= 0) return tail.records[at]
      for (const name of (await asideNames()).reverse()) {
        if (Number(name.slice(ASIDE.length)) > pos) continue
        try {
          const { first, records } = parseTail(await files.readFile(join(folder, name)))
          const found = records[pos - first]
          if (found) return found
        } catch (error) {
          env.log.warn('kept records cannot be used', { folder, name, error: asEverstowError(error) })
        }
      }
      return undefined
    },
    async drop() {
      tail = undefined
      for (const name of await asideNames()) await files.remove(join(folder, name))
      await files.remove(checkpointPath)
      await files.remove(logPath)
    },
  }
}

function formatTail(tail: { readonly first: number; readonly records: readonly Uint8Array[] }): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  header.set(MAGIC)
  header.writeBigUInt64LE(BigInt(tail.first), MAGIC.length)
  const framed = tail.records.flatMap((record) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(record.byteLength)
    return [length, record]
  })
  const content = Buffer.concat([header, ...framed])
  return Buffer.concat([content, hash('sha256', content, 'buffer')])
}

function parseTail(bytes: Uint8Array): { readonly first: number; readonly records: Uint8Array[] } {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, Math.max(0, bytes.byteLength - HASH_BYTES))
  if (whole.length < HEADER_BYTES || !MAGIC.equals(whole.subarray(0, MAGIC.length))) throw odd()
  // A record with a flipped bit would look like one that somebody forged.
  if (!hash('sha256', whole, 'buffer').equals(bytes.subarray(whole.length))) throw odd()
  const first = Number(whole.readBigUInt64LE(MAGIC.length))
  const records: Uint8Array[] = []
  for (let at = HEADER_BYTES; at < whole.length; ) {
    const end = at + 4 <= whole.length ? at + 4 + whole.readUInt32LE(at) : Number.POSITIVE_INFINITY
    if (end > whole.length || end - at - 4 > LARGEST_RECORD_BYTES) throw odd()
    records.push(whole.subarray(at + 4, end))
    at = end
  }
  return { first, records }
}

function odd(): Error {
  return new Error('not a kept log')
}
