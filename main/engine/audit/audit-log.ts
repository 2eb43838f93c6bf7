import { join } from 'node:path'
import type { Workspace } from '../catalogue/workspace.ts'
import { appendFile } from '../env/node/append-file.ts'
import { withLock } from '../env/node/exclusive-lock.ts'
import type { DeviceIdentity } from '../repository/keys/device-identity.ts'
import { type AuditEntry, encodeEntry, KEY_ACTION, type LogPoint, NOTHING, TRIM_ACTION } from './entry.ts'
import { headMessage, readHead, writeHead } from './head.ts'
import { type LetGo, whatMayGo } from './let-go.ts'
import { type EntryQuery, readEntries, readLines } from './read-entries.ts'
import { listSegments } from './segments.ts'
import { readKept, signingKey, writeKept } from './signing-key.ts'
import { findTail, place, type Tail } from './tail.ts'
import { type Verdict, verifyLog } from './verify-log.ts'

/** What is said of an action; number, time, device and chain are added here. */
export type NewEntry = Pick<AuditEntry, 'actor' | 'host' | 'action' | 'targets' | 'outcome'> &
  Partial<Pick<AuditEntry, 'code' | 'ends'>>

/** The log of a home folder. */
export interface AuditLog {
  /**
   * Answers with the entry's number once it is durable. What cannot be written is counted and told by the next entry that can. `soon`: nobody waits for it, so
   * it may be gathered with others for a moment.
   */
  append(entry: NewEntry, when?: 'now' | 'soon'): Promise<number>
  /** Newest first. */
  read(query: EntryQuery): Promise<AuditEntry[]>
  /** Checks everything against itself, the head and the store of secrets; `known`: a point that somebody noted elsewhere. */
  verify(known?: LogPoint): Promise<Verdict>
  /** The lines as they are, oldest first, without their ends. */
  lines(): AsyncIterable<string>
  /** Writes what waits and keeps how far the log went. */
  close(): Promise<void>
}

interface Waiting {
  readonly entry: NewEntry
  readonly when: 'now' | 'soon'
  readonly atMs: number
  readonly resolve: (number: number) => void
  readonly reject: (error: unknown) => void
}

const LOCK_MS = 30_000
/** How long entries that nobody waits for are gathered: each writing flushes the disk twice. */
const GATHER_MS = 200
/** The store of secrets hears of the log's end at most this often, and at the end. */
const KEEP_MS = 60_000
/** Files of a mebibyte that are kept: some 400,000 entries. */
const FILES_KEPT = 256
/** A store that did not answer is left alone for so long. */
const RETRY_KEY_MS = 60_000

/** Opens the log of a home folder. Nothing is made or asked for before the first entry. */
export function openAuditLog(
  { env, paths }: Pick<Workspace, 'env' | 'paths'>,
  filesKept = FILES_KEPT,
): AuditLog {
  const { files, clock } = env
  const log = env.log.area('audit')
  const folder = join(paths.home, 'audit')
  let waiting: Waiting[] = []
  let writing: Promise<void> | undefined
  let gathering: AbortController | undefined
  let missed = 0
  let tail: Tail | undefined
  let device: DeviceIdentity | undefined
  let keyTriedMs: number | undefined
  let isIntroduced = false
  let keptNumber = 0
  let keptAtMs = clock.monotonicMs()

  const exclusively = <T>(run: () => Promise<T>): Promise<T> =>
    withLock(join(paths.locks, 'audit.lock'), 'writing the audit log', LOCK_MS, run)

  /** One batch at a time; what comes meanwhile is the next one. */
  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      if (waiting.every(({ when }) => when === 'soon')) await gather()
      const batch = waiting
      waiting = []
      try {
        const first = await exclusively(() => write(batch))
        for (const [at, { resolve }] of batch.entries()) resolve(first + at)
      } catch (error) {
        tail = undefined
        missed += batch.length
        log.error('entries could not be written', { count: batch.length, error })
        for (const { reject } of batch) reject(error)
      }
    }
    writing = undefined
  }

  /** Lets more come, until somebody waits for one of them. */
  async function gather(): Promise<void> {
    gathering = new AbortController()
    await clock.sleep(GATHER_MS, gathering.signal).catch(() => {})
    gathering = undefined
  }

  /** Writes entries and gives the number of the first. */
  async function write(batch: readonly Waiting[]): Promise<number> {
    await files.mkdir(folder, { mode: 0o700 })
    let at = await begin()
    const lines: string[] = []
    const add = (entry: NewEntry, atMs: number) => {
      const number = at.number + 1
      const { line, hash } = encodeEntry(
        {
          ...entry,
          number,
          at: new Date(atMs).toISOString(),
          device: device?.id ?? '',
          ...(missed > 0 ? { missed } : {}),
          previous: at.hash,
        },
        (message) => device?.sign(message),
      )
      missed = 0
      lines.push(`${line}\n`)
      at = { ...at, number, hash }
    }
    const missedBefore = missed
    try {
      // Each file introduces the key, so that it can be the first one.
      const opensFile = at.sizeBytes === 0
      const introduces = device !== undefined && (!isIntroduced || opensFile)
      const goes = device && opensFile ? await whatMayGo(files, folder, filesKept) : undefined
      if (device && introduces) add(introduction(device), clock.now())
      if (goes) add(farewell(goes), clock.now())
      const first = at.number + 1
      for (const { entry, atMs } of batch) add(entry, atMs)
      const bytes = Buffer.from(lines.join(''))
      await appendFile(at.segment.path, bytes, at.sizeBytes)
      const signature = Buffer.from(device?.sign(headMessage(at)) ?? []).toString('hex')
      await writeHead(files, folder, { number: at.number, hash: at.hash, signature })
      tail = place({ ...at, sizeBytes: at.sizeBytes + bytes.length }, folder)
      if (introduces || (device && clock.monotonicMs() - keptAtMs >= KEEP_MS)) await keep()
      if (goes) await letGo(goes)
      return first
    } catch (error) {
      missed = missedBefore
      throw error
    }
  }

  /** Oldest first: whatever stops this, what is left follows one another. What stays too long goes with the next file. */
  async function letGo({ segments }: LetGo): Promise<void> {
    try {
      for (const { path } of segments) await files.remove(path)
    } catch (error) {
      log.warn('old files of the log could not be removed', { error })
    }
  }

  /** Where to go on. Finds the key on the way, if it can be had. */
  async function begin(): Promise<Tail> {
    if (tail && device && (await sizeOf(tail)) === tail.sizeBytes) return tail
    const isEmpty = (await listSegments(files, folder)).length === 0
    if (isEmpty && (await readHead(files, folder)) === undefined)
      await writeHead(files, folder, { ...NOTHING, signature: '' })
    let point: LogPoint | undefined
    const mayAsk = keyTriedMs === undefined || clock.monotonicMs() - keyTriedMs >= RETRY_KEY_MS
    if (device || mayAsk)
      try {
        point = await readKept(env.secrets)
        if (!device) {
          const key = await signingKey(env.secrets, env.random, await findTail(files, folder, point))
          device = key.device
          isIntroduced = key.kept.isIntroduced
        }
      } catch (error) {
        keyTriedMs = clock.monotonicMs()
        // A backup is worth more than a signature; the check tells how many entries have none.
        log.warn('entries are not signed now', { error })
      }
    return findTail(files, folder, point)
  }

  async function sizeOf({ segment }: Tail): Promise<number> {
    return (await files.stat(segment.path))?.sizeBytes ?? 0
  }

  /** Tells the store of secrets how far the log went. Never back: another process may have told it more. */
  async function keep(): Promise<void> {
    if (!tail) return
    const { number, hash } = tail
    try {
      const known = await readKept(env.secrets)
      if (known && (known.number < number || !known.isIntroduced))
        await writeKept(env.secrets, { ...known, number, hash, isIntroduced: true })
      isIntroduced = true
      keptNumber = number
      keptAtMs = clock.monotonicMs()
    } catch (error) {
      log.warn('the end of the log could not be kept', { error })
    }
  }

  const settled = async (): Promise<void> => {
    while (writing) {
      gathering?.abort()
      await writing
    }
  }

  return {
    append(entry, when = 'now') {
      return new Promise((resolve, reject) => {
        waiting.push({ entry, when, atMs: clock.now(), resolve, reject })
        if (when === 'now') gathering?.abort()
        writing ??= writeAll()
      })
    },

    async read(query) {
      await settled()
      return readEntries(files, folder, query)
    },

    async verify(known) {
      await settled()
      const secret = await readKept(env.secrets).catch((error: unknown) => {
        log.warn('the keys of the log cannot be read', { error })
        return 'closed' as const
      })
      return verifyLog(files, folder, exclusively, secret, known)
    },

    async *lines() {
      await settled()
      yield* readLines(files, folder)
    },

    async close() {
      await settled()
      if (device && tail && keptNumber !== tail.number) await exclusively(keep)
    },
  }
}

function introduction(device: DeviceIdentity): NewEntry {
  return {
    actor: { kind: 'system', name: 'everstow' },
    host: 'engine',
    action: KEY_ACTION,
    targets: {
      device: device.id,
      name: device.name,
      public_key: Buffer.from(device.publicKey).toString('hex'),
    },
    outcome: 'done',
  }
}

function farewell({ begins, previous }: LetGo): NewEntry {
  return {
    actor: { kind: 'system', name: 'everstow' },
    host: 'engine',
    action: TRIM_ACTION,
    targets: { begins: String(begins), previous },
    outcome: 'done',
  }
}
