import type { Run } from '../../contract/index.ts'
import type { Destination } from '../../engine/model/destination.ts'
import { type DueState, settleDue } from '../../engine/model/schedule/due.ts'
import { followsEvents } from '../../engine/model/schedule/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { keepDue, lastStartFact, lookedAt, sinceFact } from '../kept/due-times.ts'
import { pausedUntil } from '../kept/paused.ts'
import { followChanges } from './follow-changes.ts'
import { type Job, jobsOf, nameOf } from './jobs.ts'
import { keepSynced } from './keep-synced.ts'
import { lookForDrives } from './look-for-drives.ts'
import { lookForReturned } from './look-for-returned.ts'
import { obstacleTo, surroundingsFor } from './obstacle.ts'

const TICK_MS = 10_000
/** A job that failed is tried again after so long, the longer the more often it failed; then at its next time. */
const RETRIES_MS = [15, 60, 240].map((minutes) => minutes * 60_000)

/** What became of a job that this process started. */
interface Attempt {
  readonly runIds: readonly string[]
  /** When it was started, milliseconds since 1970. */
  readonly atMs: number
  /** How often it failed in a row before this. */
  readonly failures: number
}

/** What starts due work by itself. */
export interface Automation {
  /** Looks at once: the world around changed. Ends once it has looked; what it started goes on. */
  look(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts what is due while the application runs. Of several processes that stay on one data folder, one does. Due times are kept: runs that were missed while
 * the computer slept are one run, and one that is due while the one before is still at it is left out.
 * `whileKept` is called at every look of the one that does; it must not wait for anything.
 */
export function startAutomation(app: AppContext, whileKept: () => void = () => {}): Automation {
  const { engine } = app
  const { clock } = engine.env
  const log = engine.env.log.area('automation')
  let looking: Promise<void> | undefined
  let release: (() => Promise<void>) | undefined
  let ended = false
  const attempts = new Map<string, Attempt>()
  const changes = followChanges(app)
  const synced = keepSynced(app)
  const lookAtReturned = lookForReturned(app)
  let held: ReadonlySet<string> = new Set()

  async function look(): Promise<void> {
    if (ended) return
    looking ??= lookOnce().finally(() => {
      looking = undefined
    })
    await looking
  }

  async function lookOnce(): Promise<void> {
    try {
      release ??= await engine.duties.take('automation')
      if (release && !ended) {
        whileKept()
        await synced.look()
        await startDue()
      }
    } catch (error) {
      log.error('looking for due work failed', { error })
    }
  }

  async function startDue(): Promise<void> {
    const isPaused = pausedUntil(engine) !== undefined
    const configuration = await engine.configuration.read()
    const { plans, destinations } = configuration
    await changes.look(plans)
    await lookForDrives(app, plans, destinations)
    const jobs = jobsOf(app, configuration, await app.settings())
    const surroundings = await surroundingsFor(app, jobs, configuration)
    const isReleased = await lookAtHeld(destinations)
    const isBack = await lookAtReturned(destinations)
    for (const job of jobs) {
      noteSince(job)
      const now = clock.now()
      const state = lookedAt(engine, job)
      const isSent = (isReleased || isBack) && job.id === 'push' && !isRunning(job)
      const next = isSent ? 'start' : decide(job, state, now)
      keepDue(engine, job.id, next === 'settle' ? settleDue(state, now) : state)
      if (next !== 'start' || isPaused || ended) continue
      const { dueMs = now } = state
      if (!obstacleTo(job, surroundings, dueMs, now)) start(job, now)
    }
  }

  /** Whether a place that held copies back does so no more: they need not wait for their hour. */
  async function lookAtHeld(destinations: readonly Destination[]): Promise<boolean> {
    const behind = new Set(
      engine.backups.holdings().flatMap((row) => (row.behind > 0 ? row.destinationId : [])),
    )
    const before = held
    const now = new Set<string>()
    for (const destination of destinations)
      if (behind.has(destination.id) && (await engine.places.heldBack(destination))) now.add(destination.id)
    held = now
    return [...before].some((id) => behind.has(id) && !now.has(id))
  }

  function decide(job: Job, { dueMs }: DueState, now: number): 'start' | 'settle' | 'wait' {
    const isDue = dueMs !== undefined && dueMs <= now
    // What changed while it ran is not backed up yet.
    if (isRunning(job)) return isDue && !followsEvents(job.schedule) ? 'settle' : 'wait'
    const attempt = attempts.get(job.id)
    // One that lies ahead was made by a clock that was wrong.
    if (!attempt || attempt.atMs > now || (isDue && dueMs > attempt.atMs)) return isDue ? 'start' : 'wait'
    const outcome = outcomeOf(attempt)
    // A person did not want it now.
    if (outcome === 'cancelled') return isDue ? 'settle' : 'wait'
    // Somebody ran it since.
    if (!isDue && job.plan && engine.history.lastOutcome(job.plan.id) !== 'failed') return 'wait'
    // One that cannot even begin stays due.
    const lastMs = isDue ? RETRIES_MS.at(-1) : undefined
    const waitMs = outcome === 'failed' ? (RETRIES_MS[attempt.failures] ?? lastMs) : lastMs
    return waitMs !== undefined && now - attempt.atMs >= waitMs ? 'start' : 'wait'
  }

  function start(job: Job, atMs: number): void {
    const before = attempts.get(job.id)
    const failures = before && outcomeOf(before) === 'failed' ? before.failures + 1 : 0
    const runIds = job.start()
    attempts.set(job.id, { runIds, atMs, failures })
    log.info('due', { job: nameOf(job), runs: runIds.length, failures })
    // A plan notes its start when it has a backup to show for it.
    if (!job.plan) engine.facts.set(lastStartFact(job.id), String(atMs))
    // What else is due need not wait for that.
    void app.trail.scheduled(nameOf(job), runIds.map(app.runs.get))
  }

  function noteSince({ id }: Job): void {
    if (engine.facts.get(sinceFact(id)) === undefined) engine.facts.set(sinceFact(id), String(clock.now()))
  }

  /** A plan or a mirror also when somebody else started it. */
  function isRunning({ id, plan }: Job): boolean {
    const own = attempts.get(id)?.runIds ?? []
    const isIts = ({ id: runId, planId, aboutIds }: Run) =>
      plan ? planId === plan.id : own.includes(runId) || aboutIds?.includes(id)
    return app.runs.list().some((run) => run.state === 'running' && isIts(run))
  }

  function outcomeOf({ runIds }: Attempt): 'failed' | 'cancelled' | undefined {
    const runs = app.runs.list().filter(({ id }) => runIds.includes(id))
    // What waits for a person's word would only ask again.
    const states = runs.flatMap(({ state, error }) => (error?.code === 'confirmation-needed' ? [] : [state]))
    return states.find((state) => state === 'failed') ?? states.find((state) => state === 'cancelled')
  }

  void look()
  const stop = clock.every(TICK_MS, () => void look())
  return {
    look,
    async stop() {
      ended = true
      stop()
      await looking
      await changes.stop()
      await synced.stop()
      await release?.()
    },
  }
}
