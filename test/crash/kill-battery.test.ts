import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CallPoint, callPoints, killEverstowAt, watching, whyNoStrace } from '../ground/strace.ts'
import { type Acknowledged, SCENARIOS, type Scenario } from './battery/scenarios.ts'
import { settle } from './battery/settle.ts'
import { BATTERY_ENV, type BatteryWorld, createBatteryWorld, KEPT_DAYS } from './battery/world.ts'
import { type CommandResult, startEverstow } from './everstow-command.ts'
import { createSeededRandom, seedOfTest } from './seed.ts'

// One world, three hundred kills: what one leaves, the next command meets. Nobody tidies up in between.

const seed = seedOfTest()
const random = createSeededRandom(seed)
const cannotTrace = whyNoStrace()

/** A scenario in the course of the battery. */
interface Course {
  readonly scenario: Scenario
  points: readonly CallPoint[]
  /** How long a run takes that nobody kills. */
  usualMs: number
  /** The last run ended by itself. */
  isFresh: boolean
}

let world: BatteryWorld
const courses: Course[] = SCENARIOS.map((scenario) => ({ scenario, points: [], usualMs: 0, isFresh: true }))
const said: Acknowledged = { backups: new Map(), keep: KEPT_DAYS, synced: new Map() }
const ALL = SCENARIOS.reduce((sum, { atCalls, atMoments }) => sum + atCalls + atMoments, 0)
/** `KILLS=3000` to soak. */
const KILLS = Number(process.env.KILLS ?? ALL)
const scaled = (kills: number) => Math.round((kills * KILLS) / ALL)

beforeAll(async () => {
  console.log(
    `SEED=${seed}${cannotTrace === undefined ? '' : `; kills at random moments only, none at chosen system calls: ${cannotTrace}`}`,
  )
  world = await createBatteryWorld(random)
})
afterAll(() => world?.remove())

describe('SIGKILL needs no manual step, and loses nothing that was acknowledged', () => {
  test('the commands by themselves, which are watched for where they change the disk', async () => {
    for (const course of courses) {
      const { owner } = course.scenario
      const trace = join(world.base, 'trace')
      const through = cannotTrace === undefined ? watching(trace) : []
      await course.scenario.prepare(world, course.isFresh)
      const args = [...course.scenario.args(world), '--yes', '--json']
      const result = await startEverstow(world.home(owner), args, BATTERY_ENV, through).ended
      learn(course, result)
      expect(course.scenario.statuses, result.stderr + result.stdout).toContain(result.status)
      if (cannotTrace !== undefined) continue
      course.points = callPoints(trace, world.base)
      expect(course.points.length, course.scenario.name).toBeGreaterThan(5)
    }
  })

  test(`${KILLS} kills`, { timeout: 1_800_000 }, async () => {
    const left = new Map(kinds().map((kind) => [kind, kind.times]))
    const history: string[] = []
    let runs = 0
    while (left.size > 0) {
      const kind = pick([...left.keys()])
      const { course } = kind
      await course.scenario.prepare(world, course.isFresh)
      const { result, at } = await kind.kill([...course.scenario.args(world), '--yes', '--json'])
      history.push(`${course.scenario.name} ${at}`)
      const when = `SEED=${seed}, after\n  ${history.slice(-5).join('\n  ')}\n${result.stderr}${result.stdout}`
      // Killed, or ended by itself; never an error of its own because of what an earlier kill left.
      if (result.status !== null) expect(course.scenario.statuses, when).toContain(result.status)
      else if ((left.get(kind) ?? 0) > 1) left.set(kind, (left.get(kind) ?? 0) - 1)
      else left.delete(kind)
      try {
        learn(course, result)
      } catch (error) {
        throw new Error(when, { cause: error })
      }
      expect(++runs, 'runs that no kill reaches').toBeLessThan(10 * KILLS)
    }
    await settle(world, said)
  })
})

/** A way to kill a command, and how often. */
interface Kind {
  readonly course: Course
  readonly times: number
  kill(args: readonly string[]): Promise<{ readonly result: CommandResult; readonly at: string }>
}

/** Where nothing can be traced, kills at moments stand in for those at system calls. */
function kinds(): Kind[] {
  return courses.flatMap((course): Kind[] => {
    const { owner } = course.scenario
    const atCalls = scaled(course.scenario.atCalls)
    const atMoments = scaled(course.scenario.atMoments)
    const atCall = async (args: readonly string[]) => {
      const point = pick(course.points)
      const { result, call } = await killEverstowAt(point, world.home(owner), args, BATTERY_ENV)
      return { result, at: call ?? `${point.call} ${point.ordinal}, not reached` }
    }
    const atMoment = async (args: readonly string[]) => {
      const ms = (0.3 + 0.8 * random()) * course.usualMs
      return { result: await world.killAfter(owner, args, ms), at: `after ${Math.round(ms)} ms` }
    }
    if (cannotTrace !== undefined) return [{ course, times: atCalls + atMoments, kill: atMoment }]
    const kinds = [
      { course, times: atCalls, kill: atCall },
      { course, times: atMoments, kill: atMoment },
    ]
    return kinds.filter(({ times }) => times > 0)
  })
}

function learn(course: Course, result: CommandResult): void {
  course.isFresh = result.status !== null
  if (course.isFresh) course.usualMs = result.tookMs
  course.scenario.look(world, result, said)
}

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T
}
