import { createFakeRandom, type FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { asEverstowError } from '../../../main/engine/model/errors.ts'
import { liveSnapshots } from '../../../main/engine/repository/log/state-queries.ts'
import { collect, meddle, repack } from '../collection/collector.ts'
import { createContents } from '../collection/stored-world.ts'
import type { Tally } from '../commit-log/faulty-slots.ts'
import { deviceOf, drawFaults } from '../commit-log/log-ground.ts'
import { createSchedule } from '../commit-log/schedule.ts'
import { type Acknowledged, bring, makeSession, type Process, replicate } from './deliver.ts'
import { createDestination, type SimulatedDestination } from './destination.ts'

const MOST_STEPS = 100_000
const ROUNDS = 3
/** What ends a round of an actor without being wrong. */
const EXPECTED: ReadonlySet<string> = new Set([
  'cancelled',
  'connection-lost',
  'timed-out',
  'place-unavailable',
])

/** Plays 2–4 writers, 2 collectors, a repacker, a replicator and a person on three destinations as the seed decides; gives what was lost. */
export async function runHistory(seed: number | string, tally?: Tally): Promise<readonly string[]> {
  Error.stackTraceLimit = 0
  const random = createFakeRandom(`repository ${seed}`)
  const schedule = createSchedule(random)
  const writers = 2 + random.integer(3)
  const devices = Array.from({ length: writers }, (_, at) => deviceOf(random, at))
  const faults = { ...drawFaults(random), failedRead: 0.005 }
  const shared = { schedule, random, devices, contents: createContents(), faults, tally }
  const destinations = ['A', 'B', 'C'].map((name) => createDestination(name, shared))
  const acknowledged: Acknowledged[] = []
  const losses: string[] = []

  async function pass(events: number): Promise<void> {
    for (let at = 0; at < events; at++) await schedule.event(() => {})
  }
  const processOf = (actor: number, own: FakeRandom): Process => ({
    random: own,
    logAt: (destination) => destination.logOf(actor, actor % writers),
    cut() {
      if (!own.chance(0.2)) return undefined
      const controller = new AbortController()
      const events = 1 + own.integer(15)
      void (async () => {
        await pass(events)
        controller.abort()
      })()
      return controller.signal
    },
  })
  const note = (made: Acknowledged | 'stranded' | undefined): void => {
    if (made && made !== 'stranded') acknowledged.push(made)
  }

  async function backUp(process: Process): Promise<void> {
    const reference = somewhere(process.random)
    const state = await process.logAt(reference).refresh()
    const session = makeSession(reference, state, process.random)
    // Some are away for now; the others get it at the same time.
    const reachable = destinations.filter(() => process.random.chance(0.7))
    const brought = await Promise.all(
      reachable.map(async (at) => ({ at, made: await bring(process, at, session) })),
    )
    for (const { at, made } of brought) {
      note(made)
      const source = brought.find((other) => typeof other.made === 'object')?.at
      if (made === 'stranded' && source) note(await replicate(process, source, at, session.snap))
    }
  }

  async function catchUp(process: Process): Promise<void> {
    const to = somewhere(process.random)
    const from = process.random.pick(destinations.filter((other) => other !== to))
    const there = await process.logAt(to).refresh()
    const lacking = [...liveSnapshots(await process.logAt(from).refresh())].filter(
      ([snap]) => !there.snapshots.has(snap),
    )
    if (lacking.length > 0) note(await replicate(process, from, to, process.random.pick(lacking)[0]))
  }

  /** Mostly where the others are: what comes of too many at one place is what is looked for. */
  const somewhere = (own: FakeRandom): SimulatedDestination =>
    own.chance(0.6) ? (destinations[0] as SimulatedDestination) : own.pick(destinations)
  const actors: ((own: FakeRandom, actor: number) => Promise<void>)[] = [
    ...devices.map(() => (own: FakeRandom, actor: number) => backUp(processOf(actor, own))),
    ...[0, 1].map(() => (own: FakeRandom, actor: number) => {
      const at = somewhere(own)
      return collect(at.world, at.logOf(actor, actor % writers), own, () => pass(own.integer(30)))
    }),
    (own, actor) => {
      const at = somewhere(own)
      return repack(at.world, at.logOf(actor, actor % writers), own)
    },
    (own, actor) => meddle(somewhere(own).logOf(actor, actor % writers), own),
    (own, actor) => catchUp(processOf(actor, own)),
  ]
  const work = Promise.all(
    actors.map(async (act, actor) => {
      for (let round = 0; round < ROUNDS; round++) {
        try {
          await act(random.fork(`${actor} ${round}`), actor)
        } catch (error) {
          if (!EXPECTED.has(asEverstowError(error).code)) losses.push(String(error))
        }
        for (const destination of destinations) destination.check()
      }
    }),
  )
  await schedule.run(MOST_STEPS)
  await work
  for (const destination of destinations) {
    destination.check()
    destination.checkReplay()
    losses.push(...destination.losses)
  }
  for (const { at, snap, b, pos } of acknowledged) {
    const state = at.truth()
    if (state.sessions.get(b)?.done !== pos) losses.push(`V4: ${at.name}: the commit at ${pos} is not there`)
    if (!state.snapshots.has(snap)) losses.push(`V4: ${at.name}: acknowledged snapshot ${snap} is not there`)
  }
  return losses
}
