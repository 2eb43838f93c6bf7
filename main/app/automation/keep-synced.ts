import { asEverstowError } from '../../engine/model/errors.ts'
import type { SyncedFolder } from '../../engine/model/synced-folder.ts'
import type { AppContext } from '../app-context.ts'
import { guardOver } from '../kept/guard-state.ts'
import { pausedUntil } from '../kept/paused.ts'
import { tidySpaces } from './tidy-spaces.ts'

/** Keeps folders synced that want it by themselves. */
export interface SyncKeeper {
  /** Follows what is set up now. */
  look(): Promise<void>
  stop(): Promise<void>
}

interface Followed {
  folder: SyncedFolder
  /** Ends the watching; `undefined`: the system refused. */
  readonly unwatch: (() => Promise<void>) | undefined
  /** Something changed here since the last sync began; when it was first and last heard of, by the monotonic clock. */
  hinted: { readonly firstMs: number; lastMs: number } | undefined
  /** When the next look at the journal, and at the whole folder, is due. */
  peekMs: number
  scanMs: number
  /** When something was last brought or sent. */
  activeMs: number
  failures: number
  working: Promise<void> | undefined
}

/** What there is to do for a folder. */
type Due = 'sync' | 'peek' | 'tidy'

const TICK_MS = 100
/** After a change the folder is left alone for so long, but no longer than the second. */
const QUIET_MS = 300
const MOST_QUIET_MS = 5_000
/** How often others are asked for news: soon while something goes on, and seldom else, because a store counts requests. */
const PEEK_BUSY_MS = 700
const PEEK_NEAR_MS = 1_500
const PEEK_FAR_MS = 30_000
const BUSY_FOR_MS = 5 * 60_000
/** Watchers lose events: the whole folder is looked at so often anyway, and oftener where nobody watches. */
const SCAN_WATCHED_MS = 10 * 60_000
const SCAN_UNWATCHED_MS = 30_000
const RETRIES_MS = [5_000, 15_000, 60_000, 300_000]

export function keepSynced(app: AppContext): SyncKeeper {
  const { engine } = app
  const { clock } = engine.env
  const log = engine.env.log.area('sync')
  const followed = new Map<string, Followed>()
  const stopping = new AbortController()
  const tidier = tidySpaces(app)

  async function follow(folder: SyncedFolder): Promise<void> {
    const one: Followed = {
      folder,
      unwatch: undefined,
      hinted: undefined,
      peekMs: 0,
      scanMs: 0,
      activeMs: Number.NEGATIVE_INFINITY,
      failures: 0,
      working: undefined,
    }
    const changed = (): void => {
      const now = clock.monotonicMs()
      if (one.hinted) one.hinted.lastMs = now
      else one.hinted = { firstMs: now, lastMs: now }
    }
    const unwatch = await engine.syncs.watch(folder, changed).catch((error: unknown) => {
      log.warn('a synced folder cannot be watched', { folder: folder.folder, error })
      return undefined
    })
    followed.set(folder.id, Object.assign(one, { unwatch }))
  }

  async function leave(id: string): Promise<void> {
    const one = followed.get(id)
    followed.delete(id)
    await one?.unwatch?.()
    await one?.working
  }

  /** What is to be done for a folder now. */
  function dueOf(one: Followed): Due | undefined {
    const now = clock.monotonicMs()
    if (one.failures > 0) return now >= one.scanMs ? 'sync' : undefined
    const { hinted } = one
    if (hinted && (now - hinted.lastMs >= QUIET_MS || now - hinted.firstMs >= MOST_QUIET_MS)) return 'sync'
    if (now >= one.scanMs) return 'sync'
    if (now >= one.peekMs) return 'peek'
    return tidier.isDue(one.folder) ? 'tidy' : undefined
  }

  async function work(one: Followed, due: Due): Promise<void> {
    const { folder } = one
    if (due === 'tidy') return tidier.tidy(folder, stopping.signal)
    try {
      if (due === 'peek' && !(await engine.syncs.hasNews(folder.id, stopping.signal))) {
        rest(one)
        return
      }
      one.hinted = undefined
      const { counts, status } = await engine.syncs.sync(folder.id, { signal: stopping.signal })
      const { uploaded, downloaded, moved, deleted, conflicts } = counts
      if (uploaded + downloaded + moved + deleted + conflicts > 0) one.activeMs = clock.monotonicMs()
      const isStuck = status.error !== undefined
      one.failures = isStuck ? one.failures + 1 : 0
      rest(one)
      one.scanMs = clock.monotonicMs() + scanAfter(one)
      app.changed()
    } catch (error) {
      if (asEverstowError(error).code === 'cancelled') return
      one.failures++
      one.scanMs = clock.monotonicMs() + scanAfter(one)
      log.warn('a folder could not be synced', { folder: folder.folder, error })
      app.changed()
    }
  }

  function scanAfter({ failures, unwatch }: Followed): number {
    if (failures > 0) return RETRIES_MS[Math.min(failures, RETRIES_MS.length) - 1] as number
    return unwatch ? SCAN_WATCHED_MS : SCAN_UNWATCHED_MS
  }

  function rest(one: Followed): void {
    const now = clock.monotonicMs()
    const idle = isNear(one.folder) ? PEEK_NEAR_MS : PEEK_FAR_MS
    one.peekMs = now + (now - one.activeMs < BUSY_FOR_MS ? PEEK_BUSY_MS : idle)
  }

  let near: ReadonlySet<string> = new Set()
  const isNear = ({ destinationId }: SyncedFolder): boolean => near.has(destinationId)

  /** What keeps all folders, or those of a place, from being synced now. */
  let held: ReadonlySet<string> | 'all' = new Set()

  function tick(): void {
    if (held === 'all') return
    for (const one of followed.values()) {
      if (one.working || held.has(one.folder.destinationId)) continue
      const due = dueOf(one)
      if (due)
        one.working = work(one, due).finally(() => {
          one.working = undefined
        })
    }
  }

  const stop = clock.every(TICK_MS, tick)
  return {
    async look() {
      const configuration = await engine.configuration.read()
      const { syncedFolders, destinations } = configuration
      near = new Set(destinations.flatMap(({ id, type }) => (type === 'local' ? [id] : [])))
      const isPaused = pausedUntil(engine) !== undefined || engine.outbox.isOffline()
      const heldBack = new Set<string>()
      for (const destination of destinations)
        if (syncedFolders.some(({ destinationId }) => destinationId === destination.id))
          if (await engine.places.heldBack(destination)) heldBack.add(destination.id)
      held = isPaused ? 'all' : heldBack
      const wanted = syncedFolders.filter(
        ({ auto, folder }) => auto && !guardOver(engine, configuration, folder),
      )
      for (const [id, { folder }] of followed) {
        const now = wanted.find((each) => each.id === id)
        if (!now || JSON.stringify(now) !== JSON.stringify(folder)) await leave(id)
      }
      for (const folder of wanted) if (!followed.has(folder.id)) await follow(folder)
    },
    async stop() {
      stopping.abort()
      stop()
      for (const id of [...followed.keys()]) await leave(id)
    },
  }
}
