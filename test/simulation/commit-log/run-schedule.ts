import { createFakeRandom, type FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { randomHex } from '../../../main/engine/env/random.ts'
import { asEverstowError } from '../../../main/engine/model/errors.ts'
import type { CommitLog } from '../../../main/engine/repository/log/commit-log.ts'
import { expireSession } from '../../../main/engine/repository/log/expire-sessions.ts'
import type { RecordDevice } from '../../../main/engine/repository/log/record-bodies.ts'
import { openSessions } from '../../../main/engine/repository/log/state-queries.ts'
import { createSlotWorld, type SlotFaults, type SlotWorld, type Tally } from './faulty-slots.ts'
import { type Call, faultsOf, sameStates } from './history.ts'
import { deviceOf, drawFaults, genesisBy, openLogOf } from './log-ground.ts'
import { createSchedule, type Schedule } from './schedule.ts'

const MOST_STEPS = 5_000
const CALM: SlotFaults = {
  lostAnswer: 0,
  notDone: 0,
  late: 0,
  conflict: 0,
  failedRead: 0,
  flippedRead: 0,
}

interface World {
  readonly random: FakeRandom
  readonly schedule: Schedule
  readonly slots: SlotWorld
  readonly faults: SlotFaults
  readonly devices: readonly RecordDevice[]
  readonly calls: Call[]
}

/** Plays a few clients on one log as the seed decides, and gives what was wrong with it. */
export async function runSchedule(seed: number | string, tally?: Tally): Promise<readonly string[]> {
  // Most errors here are injected and handled; their stacks are a third of the time.
  Error.stackTraceLimit = 0
  const random = createFakeRandom(seed)
  const schedule = createSchedule(random)
  const clients = 2 + random.integer(3)
  const devices = Array.from({ length: clients }, (_, at) => deviceOf(random, at))
  // Now and then two computers share one identity, because a folder of settings was copied.
  if (random.chance(0.2)) devices[1] = devices[0] as RecordDevice
  const world: World = {
    random,
    schedule,
    slots: createSlotWorld(schedule, random, genesisBy(random, devices[0] as RecordDevice), tally),
    faults: drawFaults(random),
    devices,
    calls: [],
  }
  const work = Promise.all(devices.map((_, client) => playClient(world, client)))
  await schedule.run(MOST_STEPS)
  await work

  const readers = [openClient(world, 0, CALM), openClient(world, 1, CALM)]
  const reading = Promise.all(readers.map((log) => log.refresh()))
  await schedule.run(MOST_STEPS * 2)
  const states = await reading
  const faults = faultsOf(world.calls, world.slots.slots, states[0] as CommitLog['state'])
  return sameStates(states) ? faults : [...faults, 'V8: two replays differ']
}

/** A few sessions, some of which are cut off in the middle and taken up again by a process that starts anew. */
async function playClient(world: World, client: number): Promise<void> {
  const { random } = world
  let log = openClient(world, client, world.faults)
  const rounds = 1 + random.integer(2)
  for (let round = 0; round < rounds; round++) {
    const b = await begin(world, client, log)
    if (random.chance(0.3)) await refresh(world, client, log)
    if (random.chance(0.15)) await expireAny(world, client, log)
    if (b === undefined) continue
    for (let tries = 0; tries < 3; tries++) {
      const cut = random.chance(0.25) ? cutAfter(world, 1 + random.integer(12)) : undefined
      const failure = await commit(world, client, log, b, cut)
      if (failure === undefined || failure === 'session-expired') break
      log = openClient(world, client, world.faults)
    }
  }
}

function openClient(world: World, client: number, faults: SlotFaults): CommitLog {
  const { random, schedule } = world
  const device = world.devices[client] as RecordDevice
  return openLogOf({ schedule, slots: world.slots.open(faults), device, random })
}

async function begin(world: World, client: number, log: CommitLog): Promise<number | undefined> {
  const call = called(world, client, 'append')
  return answered(world, call, async () => {
    const record = await log.append('begin', { purpose: 'backup' })
    Object.assign(call, { pos: record?.pos, rid: record?.rid })
    return record?.pos
  })
}

async function refresh(world: World, client: number, log: CommitLog): Promise<void> {
  const call = called(world, client, 'refresh')
  await answered(world, call, async () => {
    const { pos, hash } = await log.refresh()
    Object.assign(call, { pos, hash })
  })
}

async function commit(
  world: World,
  client: number,
  log: CommitLog,
  b: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const call = Object.assign(called(world, client, 'commit'), { b })
  const body = { b, snaps: [randomHex(world.random, 32)], idx: [], uses: { packs: [], snaps: [] } }
  await answered(world, call, async () => {
    const { pos } = await log.commitSession({ b, body, recheck: async () => 'ok', signal })
    call.pos = pos
  })
  return call.failure
}

async function expireAny(world: World, client: number, log: CommitLog): Promise<void> {
  const [session] = openSessions(log.state)
  if (!session) return
  const call = called(world, client, 'append')
  // Whether it was needed is not known before; as an append it has no place of its own in the history.
  call.failure = 'not told'
  await answered(world, call, async () => void (await expireSession(log, session.b)))
}

function called(world: World, client: number, kind: Call['kind']): Call {
  const call: Call = { client, kind, calledAt: world.schedule.step() }
  world.calls.push(call)
  return call
}

async function answered<Result>(
  world: World,
  call: Call,
  act: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await act()
  } catch (cause) {
    const error = asEverstowError(cause)
    if (error.code === 'internal') throw error
    call.failure = error.code
    return undefined
  } finally {
    call.answeredAt = world.schedule.step()
  }
}

/** A signal that fires after some events, as a kill would come. */
function cutAfter({ schedule }: World, events: number): AbortSignal {
  const controller = new AbortController()
  const count = async (): Promise<void> => {
    for (let at = 0; at < events; at++) await schedule.event(() => {})
    controller.abort()
  }
  void count()
  return controller.signal
}
