import type { Run } from '../../contract/index.ts'
import type { Clock, Log, Random } from '../../engine/engine.ts'
import { randomHex } from '../../engine/engine.ts'
import { asEverstowError, EverstowError } from '../../engine/model/errors.ts'
import { wireErrorOf } from '../wire/wire-error.ts'

/** What is said of a run while it works: any of its changing fields. */
export type RunChange = Partial<Omit<Run, 'id' | 'kind' | 'startedAt' | 'bytesPerSecond' | 'secondsLeft'>>

/** The hands of whoever does the work. */
export interface RunControl {
  readonly id: string
  readonly signal: AbortSignal
  update(change: RunChange): void
}

/** Long work that was started: watched, waited for, cancelled. */
export interface Runs {
  /** Starts work and answers at once. The work's last `update` holds its result; throwing makes the run failed or cancelled. */
  start(about: Pick<Run, 'kind' | 'label'> & RunChange, work: (control: RunControl) => Promise<void>): string
  get(id: string): Run
  wait(id: string, signal: AbortSignal): Promise<Run>
  cancel(id: string): boolean
  list(): readonly Run[]
  /** Cancels everything and waits until it has ended. */
  stop(): Promise<void>
}

interface Entry {
  run: Run
  readonly controller: AbortController
  readonly ended: Promise<void>
  rate: Rate
}

/** Ended runs that are still shown. */
const KEPT = 20
/** At most ten changes a second reach the clients. */
const COALESCE_MS = 100

/** @param onChange told, coalesced, that some run changed */
export function createRuns(
  env: { readonly clock: Clock; readonly random: Random; readonly log: Log },
  onChange: (runs: readonly Run[]) => void,
  onEnd: (run: Run) => Promise<void> | void,
): Runs {
  const entries = new Map<string, Entry>()
  let scheduled = false

  function changed(): void {
    if (scheduled) return
    scheduled = true
    void env.clock.sleep(COALESCE_MS).then(() => {
      scheduled = false
      onChange(list())
    })
  }

  const list = () => [...entries.values()].map(({ run }) => run)

  function find(id: string): Entry {
    const entry = entries.get(id)
    if (!entry) throw new EverstowError('invalid-input', { data: { field: 'id', value: id } })
    return entry
  }

  function dropOldest(): void {
    const ended = [...entries.values()].filter(({ run }) => run.state !== 'running')
    for (const { run } of ended.slice(0, Math.max(0, ended.length - KEPT))) entries.delete(run.id)
  }

  async function perform(
    entry: () => Entry,
    work: (control: RunControl) => Promise<void>,
    controller: AbortController,
  ): Promise<void> {
    const set = (change: Partial<Run>) => {
      entry().run = { ...entry().run, ...change }
      changed()
    }
    const control: RunControl = {
      id: entry().run.id,
      signal: controller.signal,
      update: (change) => {
        const bytes = change.bytes ?? entry().run.bytes
        if (change.phase !== undefined && change.phase !== entry().run.phase) entry().rate = newRate()
        const bytesPerSecond = measure(entry().rate, bytes, env.clock.monotonicMs())
        const total = 'bytesTotal' in change ? change.bytesTotal : entry().run.bytesTotal
        const left = total !== undefined && bytesPerSecond > 0 ? (total - bytes) / bytesPerSecond : undefined
        set({ ...change, bytesPerSecond, secondsLeft: left === undefined ? undefined : Math.max(0, left) })
      },
    }
    try {
      await work(control)
      const { state } = entry().run
      set({ state: state === 'running' ? 'done' : state })
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'internal')
        env.log.error('run failed unexpectedly', { run: entry().run.kind, error })
      set({ state: error.code === 'cancelled' ? 'cancelled' : 'failed', error: wireErrorOf(error) })
    }
    set({
      phase: 'finished',
      endedAt: new Date(env.clock.now()).toISOString(),
      secondsLeft: undefined,
      currentPath: undefined,
    })
    await onEnd(entry().run)
    dropOldest()
  }

  return {
    start(about, work) {
      const id = `run_${randomHex(env.random, 6)}`
      const controller = new AbortController()
      const run: Run = {
        files: 0,
        bytes: 0,
        ...about,
        id,
        state: 'running',
        phase: about.phase ?? 'preparing',
        startedAt: new Date(env.clock.now()).toISOString(),
        bytesPerSecond: 0,
      }
      const entry: Entry = { run, controller, ended: Promise.resolve(), rate: newRate() }
      entries.set(id, entry)
      // The entry must be complete before the work begins, for it may end at once.
      const ended = Promise.resolve().then(() => perform(() => entry, work, controller))
      entries.set(id, Object.assign(entry, { ended }))
      changed()
      return id
    },
    get: (id) => find(id).run,
    async wait(id, signal) {
      const entry = find(id)
      await Promise.race([entry.ended, aborted(signal)])
      return entry.run
    },
    cancel(id) {
      const entry = find(id)
      if (entry.run.state !== 'running') return false
      entry.controller.abort()
      return true
    },
    list,
    async stop() {
      for (const entry of entries.values()) entry.controller.abort()
      await Promise.all([...entries.values()].map(({ ended }) => ended))
    },
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(new EverstowError('cancelled'))
    if (signal.aborted) give()
    else signal.addEventListener('abort', give, { once: true })
  })
}

/** A rate that follows changes within a few seconds and does not flicker. */
interface Rate {
  lastMs: number | undefined
  lastBytes: number
  perSecond: number
}

const newRate = (): Rate => ({ lastMs: undefined, lastBytes: 0, perSecond: 0 })

function measure(rate: Rate, bytes: number, nowMs: number): number {
  if (rate.lastMs === undefined || bytes < rate.lastBytes) {
    rate.lastMs = nowMs
    rate.lastBytes = bytes
    return rate.perSecond
  }
  const elapsed = nowMs - rate.lastMs
  if (elapsed < 400) return rate.perSecond
  const now = ((bytes - rate.lastBytes) / elapsed) * 1_000
  rate.perSecond = rate.perSecond === 0 ? now : rate.perSecond * 0.7 + now * 0.3
  rate.lastMs = nowMs
  rate.lastBytes = bytes
  return rate.perSecond
}
