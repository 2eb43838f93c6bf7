import { createFakeRandom, type FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { asEverstowError } from '../../../main/engine/model/errors.ts'
import { parseObjectKey, snapKey } from '../../../main/engine/repository/format/keys-of-objects.ts'
import { encodeState } from '../../../main/engine/repository/log/checkpoint.ts'
import type { CommitLog } from '../../../main/engine/repository/log/commit-log.ts'
import { judgeRecord } from '../../../main/engine/repository/log/judge-record.ts'
import { replay } from '../../../main/engine/repository/log/replay.ts'
import { EMPTY_STATE, type LogEntry, type State } from '../../../main/engine/repository/log/state.ts'
import { cheapCodec } from '../commit-log/cheap-codec.ts'
import { createSlotWorld, type Tally } from '../commit-log/faulty-slots.ts'
import { deviceOf, drawFaults, genesisBy, openLogOf } from '../commit-log/log-ground.ts'
import { createSchedule } from '../commit-log/schedule.ts'
import { collect, meddle, repack } from './collector.ts'
import { createStoredWorld, lossesOf } from './stored-world.ts'
import { type Acknowledged, backUp } from './writer.ts'

const MOST_STEPS = 50_000
const ROUNDS = 4
/** What ends a round of an actor without being wrong. */
const EXPECTED: ReadonlySet<string> = new Set([
  'cancelled',
  'connection-lost',
  'timed-out',
  'place-unavailable',
])

/** Plays writers, collectors, repackers and people on one repository as the seed decides; gives what was lost. */
export async function runHistory(seed: number | string, tally?: Tally): Promise<readonly string[]> {
  Error.stackTraceLimit = 0
  const random = createFakeRandom(seed)
  const schedule = createSchedule(random)
  const devices = Array.from({ length: 3 }, (_, at) => deviceOf(random, at))
  const first = genesisBy(random, devices[0]!)
  const slots = createSlotWorld(schedule, random, first, tally)
  const losses: string[] = []
  const acknowledged: Acknowledged[] = []
  let truth = EMPTY_STATE
  const known: LogEntry[] = []

  /** The log as it really stands, whoever knows of it. */
  function truthNow(): State {
    for (let pos = truth.pos + 1; pos < slots.slots.length; pos++) {
      const bytes = slots.slots[pos]!
      const { record, fault } = judgeRecord(cheapCodec, truth, pos, bytes)
      const entry = { pos, hash: cheapCodec.hashOf(bytes), record, fault } as LogEntry
      known.push(entry)
      truth = replay(truth, [entry])
    }
    return truth
  }
  const world = createStoredWorld(schedule, random, (key) => {
    const state = truthNow()
    const fault = wrongDelete(state, key)
    if (fault) losses.push(fault)
    losses.push(...lossesOf(world, state))
  })
  // The layer above a store retries reads; here a failed one ends a round, and rounds are what finds things.
  const faults = { ...drawFaults(random), failedRead: 0.005 }
  const logs = new Map<number, CommitLog>()
  /** The actor's log: mostly the one it has, now and then as a process that starts anew. */
  const logOf = (actor: number, device: number): CommitLog => {
    const known = random.chance(0.3) ? undefined : logs.get(actor)
    const log = known ?? openLogOf({ schedule, slots: slots.open(faults), device: devices[device]!, random })
    logs.set(actor, log)
    return log
  }
  const cut = (): AbortSignal | undefined => {
    if (!random.chance(0.2)) return undefined
    const controller = new AbortController()
    const events = 1 + random.integer(15)
    void (async () => {
      for (let at = 0; at < events; at++) await schedule.event(() => {})
      controller.abort()
    })()
    return controller.signal
  }

  const actors: ((random: FakeRandom) => Promise<void>)[] = [
    ...[0, 1].map((device) => async (own: FakeRandom) => {
      const made = await backUp(world, logOf(device, device), own, cut)
      if (made) acknowledged.push(made)
    }),
    ...[1, 2].map((device) => (own: FakeRandom) => collect(world, logOf(device + 2, device), own)),
    (own) => repack(world, logOf(5, 2), own),
    (own) => meddle(logOf(6, 0), own),
  ]
  const work = Promise.all(
    actors.map(async (act, at) => {
      for (let round = 0; round < ROUNDS; round++) {
        try {
          await act(random.fork(`${at} ${round}`))
        } catch (error) {
          const { code } = asEverstowError(error)
          if (!EXPECTED.has(code)) losses.push(String(error))
        }
        losses.push(...lossesOf(world, truthNow()))
      }
    }),
  )
  await schedule.run(MOST_STEPS)
  await work
  const final = truthNow()
  losses.push(...lossesOf(world, final))
  for (const { snap, b, pos } of acknowledged) {
    if (final.sessions.get(b)?.done !== pos) losses.push(`V4: the acknowledged commit at ${pos} is not there`)
    if (!final.snapshots.has(snap)) losses.push(`V4: acknowledged snapshot ${snapKey(snap, b)} is not there`)
  }
  if (final.alarms.length > 0) losses.push(`a record did not verify: ${JSON.stringify(final.alarms)}`)
  const again = replay(EMPTY_STATE, known)
  if (!Buffer.from(encodeState(again)).equals(encodeState(final))) losses.push('V8: two replays differ')
  return losses
}

/** V5, said again in other words than the rule that was used: why the key should not have gone. */
export function wrongDelete(state: State, key: string): string | undefined {
  const name = parseObjectKey(key)
  if (!name || !('b' in name)) return `V5: ${key} is not of a session`
  const session = state.sessions.get(name.b)
  if (session?.expired !== undefined) return undefined
  const done = session?.done
  if (done === undefined) return `V5: ${key} belongs to a session that goes on`
  if (name.type !== 'pack') return undefined
  const naming = [...state.sweeps.values()].filter(({ pos, packs }) => pos > done && packs.includes(name.id))
  const isFinal = naming.some(({ purged }) => purged !== undefined)
  const couldReturn = naming.some(({ purged, restored }) => purged === undefined && restored === undefined)
  return couldReturn && !isFinal ? `V5: ${key} was swept and could be restored` : undefined
}
