import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach } from 'vitest'
import type { AppContext } from '../../main/app/app-context.ts'
import { type Automation, startAutomation } from '../../main/app/automation/automation.ts'
import { createFakeClock, type FakeClock } from '../../main/engine/env/fake/fake-clock.ts'
import type { Surroundings } from '../../main/engine/model/schedule/conditions.ts'
import { type Ground, layGround } from './app-ground.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** A Monday, at noon where this computer is. */
const MONDAY_NOON = new Date('2026-03-02T12:00:00').getTime()

/** What a test of a file has in its hands, new for each. */
interface Hands {
  ground: Ground
  clock: FakeClock
  stops: Automation[]
  surroundings: Surroundings
}

/** An application with a place, whose automation a test starts and whose time it moves. */
export function automationGround() {
  const on = {} as Hands
  beforeEach(async () => {
    on.ground = await layGround({ lookAround: async () => on.surroundings })
    on.clock = createFakeClock(MONDAY_NOON)
    on.stops = []
    on.surroundings = {}
    await on.ground.addPlace('disk')
  })
  afterEach(async () => {
    for (const { stop } of on.stops) await stop()
    await on.ground.close()
  })

  /** Looks that are under way. */
  let pending = 0

  function watched<Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>) {
    return async (...given: Given): Promise<Result> => {
      pending++
      try {
        return await work(...given)
      } finally {
        pending--
      }
    }
  }

  /** The application, with a clock that the test moves, and power and network as the test says. */
  function context(): AppContext {
    const { context: app } = on.ground.app
    const { engine } = app
    return {
      ...app,
      lookAround: watched(async () => on.surroundings),
      settings: watched(app.settings),
      engine: {
        ...engine,
        env: { ...engine.env, clock: on.clock },
        duties: { ...engine.duties, take: watched(engine.duties.take) },
        sources: {
          ...engine.sources,
          isHere: watched(engine.sources.isHere),
          watch: watched(engine.sources.watch),
        },
        places: {
          ...engine.places,
          isReachable: watched(engine.places.isReachable),
          heldBack: watched(engine.places.heldBack),
        },
        configuration: { ...engine.configuration, read: watched(engine.configuration.read) },
      },
    }
  }

  async function automate(): Promise<void> {
    on.stops.push(startAutomation(context()))
    await quiet()
  }

  const isBusy = () =>
    pending > 0 || on.ground.app.context.runs.list().some(({ state }) => state === 'running')

  /** Whoever looks has looked to the end. */
  const looked = () => Promise.all(on.stops.map(({ look }) => look()))

  /** Until nobody looks and nothing runs any more. */
  async function quiet(): Promise<void> {
    for (let calm = 0; calm < 3; calm++) {
      await sleep(10)
      await looked()
      if (isBusy()) calm = 0
    }
  }

  /** Time passes, awake: in steps, so that looking and working take none of it. */
  async function pass(ms: number): Promise<void> {
    const step = Math.max(10 * MINUTE, ms / 40)
    for (let left = ms; left > 0; left -= step) {
      await on.clock.advance(Math.min(step, left))
      await looked()
      do await sleep(1)
      while (isBusy())
    }
    await quiet()
  }

  /** Time passes, asleep: nobody looks before it is over. */
  async function oversleep(ms: number): Promise<void> {
    on.clock.jump(ms)
    await pass(20_000)
  }

  async function addPlan(schedule: string, path = on.ground.source): Promise<string> {
    const { id } = await on.ground.client.call('plan.add', {
      name: `plan ${schedule}`,
      sources: [path],
      placeIds: (await on.ground.client.call('place.list', {})).map((place) => place.id),
      format: 'snapshot',
      schedule,
    })
    on.ground.app.context.engine.facts.set(`since/${id}`, String(on.clock.now()))
    return id
  }

  const runsOf = (kind: string) => on.ground.app.context.runs.list().filter((run) => run.kind === kind)

  return Object.assign(on, { automate, quiet, pass, oversleep, addPlan, runsOf, context, watched })
}
