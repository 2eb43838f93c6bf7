import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { encodeState } from '../../../main/engine/repository/log/checkpoint.ts'
import type { CommitLog } from '../../../main/engine/repository/log/commit-log.ts'
import { judgeRecord } from '../../../main/engine/repository/log/judge-record.ts'
import type { RecordDevice } from '../../../main/engine/repository/log/record-bodies.ts'
import { replay } from '../../../main/engine/repository/log/replay.ts'
import { EMPTY_STATE, type LogEntry, type State } from '../../../main/engine/repository/log/state.ts'
import { wrongDelete } from '../collection/run-history.ts'
import { type Contents, createStoredWorld, lossesOf, type StoredWorld } from '../collection/stored-world.ts'
import { cheapCodec } from '../commit-log/cheap-codec.ts'
import { createSlotWorld, type SlotFaults, type Tally } from '../commit-log/faulty-slots.ts'
import { genesisBy, openLogOf } from '../commit-log/log-ground.ts'
import type { Schedule } from '../commit-log/schedule.ts'

/** One place of the repository: its log, its objects, and what has gone wrong there. */
export interface SimulatedDestination {
  readonly name: string
  readonly world: StoredWorld
  readonly losses: string[]
  /** The log of an actor on a device: mostly the one it has open, now and then as a process that starts anew. */
  logOf(actor: number, device: number): CommitLog
  /** The log as it really stands, whoever knows of it. */
  truth(): State
  /** V1, V7 at this moment. */
  check(): void
  /** V8, and whether every record verified. */
  checkReplay(): void
}

/** What all destinations share. */
export interface Shared {
  readonly schedule: Schedule
  readonly random: FakeRandom
  readonly devices: readonly RecordDevice[]
  readonly contents: Contents
  readonly faults: SlotFaults
  readonly tally?: Tally | undefined
}

export function createDestination(
  name: string,
  { schedule, random, devices, contents, faults, tally }: Shared,
): SimulatedDestination {
  const slots = createSlotWorld(schedule, random, genesisBy(random, devices[0] as RecordDevice), tally)
  const losses: string[] = []
  const known: LogEntry[] = []
  const logs = new Map<number, CommitLog>()
  let state = EMPTY_STATE

  function truth(): State {
    for (let pos = state.pos + 1; pos < slots.slots.length; pos++) {
      const bytes = slots.slots[pos] as Uint8Array
      const { record, fault } = judgeRecord(cheapCodec, state, pos, bytes)
      const entry = { pos, hash: cheapCodec.hashOf(bytes), record, fault } as LogEntry
      known.push(entry)
      state = replay(state, [entry])
    }
    return state
  }

  function report(found: readonly string[]): void {
    losses.push(...found.map((loss) => `${name}: ${loss}`))
  }

  const world = createStoredWorld(
    schedule,
    random,
    (key) => {
      const fault = wrongDelete(truth(), key)
      if (fault) report([fault])
      report(lossesOf(world, truth()))
    },
    contents,
  )
  return {
    name,
    world,
    losses,
    logOf(actor, device) {
      const open = random.chance(0.3) ? undefined : logs.get(actor)
      const log =
        open ??
        openLogOf({ schedule, slots: slots.open(faults), device: devices[device] as RecordDevice, random })
      logs.set(actor, log)
      return log
    },
    truth,
    check: () => report(lossesOf(world, truth())),
    checkReplay() {
      const final = truth()
      if (final.alarms.length > 0) report([`a record did not verify: ${JSON.stringify(final.alarms)}`])
      const again = encodeState(replay(EMPTY_STATE, known))
      if (!Buffer.from(again).equals(encodeState(final))) report(['V8: two replays differ'])
    },
  }
}
