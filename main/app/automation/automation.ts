import type { AppContext } from '../app-context.ts'
import { lastStartMs, planDueMs } from '../views/plan-view.ts'
import { pausedUntil } from '../views/status-view.ts'
import { startBackup } from '../work/backup-work.ts'
import { startPush } from '../work/other-work.ts'

const TICK_MS = 20_000
/** A plan whose run failed is tried again after this long, not at every tick. */
const RETRY_MS = 15 * 60_000
const LAST_PUSH = 'last-push'

/**
 * Starts what is due while the application runs: plans on their schedule, pushes of unfinished copies every `pushIntervalSeconds`. Due times follow from stored
 * last starts, so runs missed while the computer slept collapse into one. One run of a plan at a time; nothing while paused.
 */
export function startAutomation(app: AppContext): () => void {
  let looking = false
  const attempts = new Map<string, number>()

  async function look(): Promise<void> {
    if (looking || pausedUntil(app.engine) !== undefined) return
    looking = true
    try {
      await startDuePlans()
      await startDuePush()
    } catch (error) {
      app.engine.env.log.area('automation').error('looking for due work failed', { error })
    } finally {
      looking = false
    }
  }

  async function startDuePlans(): Promise<void> {
    const { plans, destinations } = await app.engine.configuration.read()
    const now = app.engine.env.clock.now()
    for (const plan of plans) {
      const due = planDueMs(app.engine, plan)
      if (due === undefined || due > now || isRunning(plan.id)) continue
      if (now - (attempts.get(plan.id) ?? 0) < RETRY_MS) continue
      attempts.set(plan.id, now)
      app.engine.env.log
        .area('automation')
        .info('plan is due', { plan: plan.name, last: lastStartMs(app.engine, plan.id) })
      startBackup(app, {
        plan,
        sources: plan.sources,
        destinations: destinations.filter(({ id }) => plan.destinationIds.includes(id)),
        exclude: plan.exclude,
        excludePresets: plan.excludePresets,
        format: plan.format,
        ...(plan.compression ? { compression: plan.compression } : {}),
      })
    }
  }

  async function startDuePush(): Promise<void> {
    const { pushIntervalSeconds, autoSync } = await app.settings()
    const now = app.engine.env.clock.now()
    const last = Number(app.engine.facts.get(LAST_PUSH) ?? 0)
    if (!autoSync || now - last < pushIntervalSeconds * 1_000) return
    app.engine.facts.set(LAST_PUSH, String(now))
    if (app.engine.backups.holdings().some(({ behind }) => behind > 0)) startPush(app)
  }

  const isRunning = (planId: string) =>
    app.runs.list().some((run) => run.planId === planId && run.state === 'running')

  void look()
  return app.engine.env.clock.every(TICK_MS, () => void look())
}
