import { type SourceWatch, WatchRefused } from '../../engine/engine.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { areChangesOpen, type Deafness, withChange } from '../../engine/model/schedule/changes.ts'
import { rhythmOf } from '../../engine/model/schedule/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { changesOf, keepChanges, lastStartMs } from '../kept/due-times.ts'

/** Whoever hears of changes for the plans that want to know. */
export interface ChangeFollower {
  /** Watches what these plans say now, and looks whether what is watched is still there. */
  look(plans: readonly Plan[]): Promise<void>
  stop(): Promise<void>
}

interface Followed {
  /** What was watched; a plan that was changed is watched anew. */
  readonly of: string
  readonly startedMs: number
  /** Undefined: the system refused. */
  readonly watch: SourceWatch | undefined
}

/** A folder that is written to all the time is noted this often. Far less than the shortest rest, so nothing follows later from it. */
const NOTED_APART_MS = 10_000
/** So long after the system refused it is asked again. */
const REFUSED_MS = 10 * 60_000

/** What changed while nobody listened counts as a change: where listening begins, and where it begins again. */
export function followChanges(app: AppContext): ChangeFollower {
  const { engine } = app
  const { clock } = engine.env
  const log = engine.env.log.area('automation')
  const followed = new Map<string, Followed>()

  function note(id: string): void {
    const now = clock.now()
    const before = changesOf(engine, id)
    const settledMs = lastStartMs(engine, id)
    const sinceMs = now - (before.lastMs ?? 0)
    if (areChangesOpen(before, settledMs) && sinceMs >= 0 && sinceMs < NOTED_APART_MS) return
    keepChanges(engine, id, withChange(before, now, settledMs))
    app.changed()
  }

  function noteDeafness(id: string, deaf: Deafness | undefined): void {
    const { deaf: before, ...changes } = changesOf(engine, id)
    if (deaf !== before) keepChanges(engine, id, deaf ? { ...changes, deaf } : changes)
  }

  async function follow(plan: Plan): Promise<void> {
    const { id, name } = plan
    const of = watchedOf(plan)
    const startedMs = clock.now()
    try {
      const watch = await engine.sources.watch(plan, () => note(id))
      followed.set(id, { of, startedMs, watch })
      noteDeafness(id, undefined)
      note(id)
    } catch (error) {
      followed.set(id, { of, startedMs, watch: undefined })
      noteDeafness(id, error instanceof WatchRefused ? error.reason : 'refused')
      log.warn('changes cannot be watched', { plan: name, error })
    }
  }

  /** Whether it is watched as it should be, or was refused only just now. */
  async function isFollowed(plan: Plan): Promise<boolean> {
    const known = followed.get(plan.id)
    if (known?.of !== watchedOf(plan)) return false
    return known.watch ? known.watch.isSound() : Math.abs(clock.now() - known.startedMs) < REFUSED_MS
  }

  async function leave(id: string): Promise<void> {
    const known = followed.get(id)
    followed.delete(id)
    await known?.watch?.stop()
  }

  return {
    async look(plans) {
      const wanted = plans.filter(({ schedule }) => rhythmOf(schedule).kind === 'change')
      for (const id of followed.keys()) if (!wanted.some((plan) => plan.id === id)) await leave(id)
      // All of them are left before one is followed anew: watchers of one folder share what went away with it.
      const stale: Plan[] = []
      for (const plan of wanted) if (!(await isFollowed(plan))) stale.push(plan)
      for (const { id } of stale) await leave(id)
      for (const plan of stale) await follow(plan)
    },
    async stop() {
      for (const id of followed.keys()) await leave(id)
    },
  }
}

function watchedOf({ sources, exclude, excludePresets, destinationIds }: Plan): string {
  return JSON.stringify([sources, exclude, excludePresets, destinationIds])
}
