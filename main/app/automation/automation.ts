import { type DueState, settleDue } from '../../engine/model/due.ts'
import type { AppContext } from '../app-context.ts'
import { keepDue, lastStartFact, lookedAt, sinceFact } from '../due-times.ts'
import { pausedUntil } from '../views/status-view.ts'
import { type Job, jobsOf } from './jobs.ts'
import { obstacleOf, surroundingsFor } from './obstacle.ts'

const TICK_MS = 20_000
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

/**
 * Starts what is due while the application runs. Of several processes that stay on one data folder, one does. Due times are kept: runs that were missed while
 * the computer slept are one run, and one that is due while the one before is still at it is left out.
 * `whileKept` is called at every look of the one that does; it must not wait for anything.
 */
export function startAutomation(app: AppContext, whileKept: () => void = () => {}): () => void {
  const { engine } = app
  const { clock } = engine.env
  const log = engine.env.log.area('automation')
  let looking = false
  let release: (() => Promise<void>) | undefined
  let ended = false
  const attempts = new Map<string, Attempt>()

  async function look(): Promise<void> {
    if (looking) return
    looking = true
    try {
      release ??= await engine.takeAutomation()
      if (ended) await release?.()
      else if (release) {
        whileKept()
        await startDue()
      }
    } catch (error) {
      log.error('looking for due work failed', { error })
    } finally {
      looking = false
    }
  }

  async function startDue(): Promise<void> {
    const isPaused = pausedUntil(engine) !== undefined
    const jobs = jobsOf(app, await engine.configuration.read(), await app.settings())
    const surroundings = await surroundingsFor(app, jobs)
    for (const job of jobs) {
      noteSince(job)
      const now = clock.now()
      const state = lookedAt(engine, job)
      const next = decide(job, state, now)
      keepDue(engine, job.id, next === 'settle' ? settleDue(state, now) : state)
      if (next === 'start' && !isPaused && !(job.plan && obstacleOf(job.plan, surroundings, now)))
        start(job, now)
    }
  }

  function decide(job: Job, { dueMs }: DueState, now: number): 'start' | 'settle' | 'wait' {
    const isDue = dueMs !== undefined && dueMs <= now
    if (isRunning(job)) return isDue ? 'settle' : 'wait'
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
    log.info('due', { job: job.plan?.name ?? job.id, runs: runIds.length, failures })
    // A plan notes its start when it has a backup to show for it.
    if (!job.plan) engine.facts.set(lastStartFact(job.id), String(atMs))
    // What else is due need not wait for that.
    void app.trail.scheduled(job.plan?.name ?? job.id, runIds.map(app.runs.get))
  }

  function noteSince({ id }: Job): void {
    if (engine.facts.get(sinceFact(id)) === undefined) engine.facts.set(sinceFact(id), String(clock.now()))
  }

  /** A plan also when somebody else started it. */
  function isRunning({ id, plan }: Job): boolean {
    const own = attempts.get(id)?.runIds ?? []
    return app.runs
      .list()
      .some((run) => run.state === 'running' && (plan ? run.planId === plan.id : own.includes(run.id)))
  }

  function outcomeOf({ runIds }: Attempt): 'failed' | 'cancelled' | undefined {
    const states = app.runs.list().flatMap((run) => (runIds.includes(run.id) ? [run.state] : []))
    return states.find((state) => state === 'failed') ?? states.find((state) => state === 'cancelled')
  }

  void look()
  const stop = clock.every(TICK_MS, () => void look())
  return () => {
    ended = true
    stop()
    void release?.()
  }
}
