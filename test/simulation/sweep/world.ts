import { Readable } from 'node:stream'
import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import type {
  GetResult,
  ObjectInfo,
  ObjectStore,
  PutIfAbsentAnswer,
} from '../../../main/engine/storage/object-store.ts'
import type { Turns } from './turns.ts'

/** What kind of a place it is, and what goes wrong there. */
export interface Climate {
  /** Probability of a fault per call. */
  readonly faults: number
  /** Probability, per call, that the process that made it is killed. */
  readonly kills: number
  /** Listings lack what came lately and still have what went. */
  readonly listsLate: boolean
  /** Objects are stamped by the clock of whoever writes them, as in a folder. */
  readonly stampedByWriters: boolean
}

/** A running process of a device: dead ones hear nothing any more. */
export interface Process {
  /** Its wall clock, less the true time. */
  offsetMs: number
  isDead: boolean
  die(): void
}

/** The store that all devices share, and the true time. */
export interface World {
  nowMs(): number
  pass(ms: number): Promise<void>
  /** Somebody's clock lies by so much more. */
  lie(ms: number): void
  liesMs(): number
  /** Lets a process wait while the days pass. */
  pause(process: Process | undefined): Promise<void>
  /** The store as one process sees it. */
  storeOf(process: Process): ObjectStore
  /** Without faults, and at once. */
  readonly calm: ObjectStore
  /** From here on nothing goes wrong and nobody waits. */
  calmDown(): void
  /** What was sent twice arrives again. */
  arriveLate(): Promise<void>
  readonly happened: Map<string, number>
}

/** What is told when it has really happened. */
export interface Watcher {
  slotWritten(): Promise<void>
  deleted(key: string): Promise<void>
}

const DAY_MS = 86_400_000
const SILENCE = Symbol('no answer')
/** `before`: nothing happens. `after`: the answer is lost. `late`: so is the answer, and it happens at some other time. */
const FAULTS = ['before', 'after', 'late'] as const
/** Probability that a pack is sent once more, much later: a request in a computer that slept. */
const SENT_TWICE = 0.15
/** A listing is late by so many calls at most. */
const LATE_CALLS = 30

/** Read to its end in the same turn: nothing of the real world is left to decide what happens next. */
async function wholly(answer: Promise<GetResult>): Promise<GetResult> {
  const { info, body } = await answer
  const bytes = Buffer.concat((await Array.fromAsync(body)) as Buffer[])
  return { info, body: Readable.from([bytes]) }
}

export function createWorld(
  raw: ObjectStore,
  climate: Climate,
  turns: Turns,
  random: FakeRandom,
  watcher: Watcher,
): World {
  let nowMs = Date.UTC(2026, 0, 5)
  let calls = 0
  let isCalm = false
  let liesMs = 0
  /** When each object was written, as its stamp says, and at which call. */
  const written = new Map<string, { readonly stampMs: number; readonly call: number }>()
  const lingering: (() => Promise<unknown>)[] = []
  const gone = new Map<string, { readonly info: ObjectInfo; readonly call: number }>()
  const happened = new Map<string, number>()
  const note = (what: string): void => void happened.set(what, (happened.get(what) ?? 0) + 1)

  const stamped = (info: ObjectInfo): ObjectInfo => ({
    ...info,
    modifiedMs: written.get(info.key)?.stampMs ?? info.modifiedMs,
  })
  function stamp(key: string, { offsetMs }: Process): void {
    written.set(key, { stampMs: nowMs + (climate.stampedByWriters ? offsetMs : 0), call: calls })
  }
  const lost = (): EverstowError =>
    new EverstowError(random.pick(['connection-lost', 'timed-out', 'place-unavailable'] as const))

  async function listed(options: Parameters<ObjectStore['list']>[0]) {
    const page = await raw.list(options)
    const isNew = ({ key }: ObjectInfo) => calls - (written.get(key)?.call ?? 0) < LATE_CALLS
    if (!climate.listsLate || isCalm) return { ...page, objects: page.objects.map(stamped) }
    const there = page.objects.filter((info) => !isNew(info) || random.chance(0.5)).map(stamped)
    const ghosts = [...gone.values()].flatMap(({ info, call }) => {
      const isWanted = info.key.startsWith(options?.prefix ?? '') && calls - call < LATE_CALLS
      return isWanted && random.chance(0.5) && !there.some(({ key }) => key === info.key) ? info : []
    })
    if (there.length < page.objects.length || ghosts.length > 0) note('late listing')
    return { ...page, objects: [...there, ...ghosts] }
  }

  function storeOf(process: Process): ObjectStore {
    /** Never answers a dead process. What it had sent may still arrive. */
    async function call<Result>(act: () => Promise<Result>): Promise<Result> {
      if (isCalm) return act()
      const answer = process.isDead ? SILENCE : await turns.event(() => happen(act))
      return answer === SILENCE ? new Promise<never>(() => {}) : answer
    }
    async function happen<Result>(act: () => Promise<Result>): Promise<Result | typeof SILENCE> {
      calls++
      nowMs += random.integer(60_000)
      if (!process.isDead && random.chance(climate.kills)) {
        note('killed')
        process.die()
      }
      if (process.isDead) {
        if (random.chance(0.5)) await act().catch(() => {})
        return SILENCE
      }
      const fault = random.chance(climate.faults) ? random.pick(FAULTS) : 'none'
      if (fault === 'before') throw lost()
      if (fault === 'late') {
        turns.later(() => act().catch(() => {}))
        throw lost()
      }
      const result = await act()
      if (fault === 'after') throw lost()
      return result
    }
    return {
      ...raw,
      put(key, body, options) {
        async function act(): Promise<ObjectInfo> {
          const info = await raw.put(key, body, options)
          if (gone.has(key)) note('came late')
          stamp(key, process)
          return stamped(info)
        }
        if (climate.faults > 0 && random.chance(SENT_TWICE)) lingering.push(act)
        return call(act)
      },
      putIfAbsent: (key, bytes, options) =>
        call(async (): Promise<PutIfAbsentAnswer> => {
          const answer = await raw.putIfAbsent(key, bytes, options)
          if (answer !== 'created') return answer
          stamp(key, process)
          if (key.includes('/log/')) await watcher.slotWritten()
          return answer
        }).catch((error: unknown) => {
          if (error instanceof EverstowError) return 'ambiguous'
          throw error
        }),
      get: (key, options) => call(() => wholly(raw.get(key, options))),
      head: (key, signal) => call(async () => stamped(await raw.head(key, signal))),
      exists: (key, signal) => call(() => raw.exists(key, signal)),
      list: (options) => call(() => listed(options)),
      delete: (key, signal) =>
        call(async () => {
          const info = await raw.head(key).catch(() => undefined)
          await raw.delete(key, signal)
          if (!info) return
          gone.set(key, { info: stamped(info), call: calls })
          await watcher.deleted(key)
        }),
    }
  }

  return {
    nowMs: () => nowMs,
    async pass(ms) {
      const happen = (): void => {
        nowMs += ms
      }
      await (isCalm ? happen() : turns.event(happen))
    },
    lie: (ms) => {
      liesMs += ms
    },
    liesMs: () => liesMs,
    async pause(process) {
      if (isCalm) return
      await turns.event(() => {
        nowMs += random.integer(DAY_MS)
      })
      if (process?.isDead) await new Promise<never>(() => {})
    },
    storeOf,
    calm: raw,
    calmDown: () => {
      isCalm = true
    },
    async arriveLate() {
      for (const happen of lingering.splice(0)) await (isCalm ? happen() : turns.event(happen))
    },
    happened,
  }
}
