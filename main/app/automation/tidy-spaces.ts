import { asEverstowError, hasCode } from '../../engine/model/errors.ts'
import type { SyncedFolder } from '../../engine/model/synced-folder.ts'
import type { AppContext } from '../app-context.ts'
import { startSpaceTidy } from '../work/tidy-work.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Devices of a space come at different hours, and mostly one of them has done it for all. */
const APART_MS = 22 * HOUR_MS
const JITTER_MS = 4 * HOUR_MS
const LATELY_MS = 20 * HOUR_MS

const dueFact = (folderId: string): string => `tidy-due/${folderId}`

/** Tidies the spaces of synced folders about once a day. */
export interface SpaceTidier {
  isDue(folder: SyncedFolder): boolean
  /** Does what is due; says nothing where nothing goes. Never fails. */
  tidy(folder: SyncedFolder, signal: AbortSignal): Promise<void>
}

export function tidySpaces(app: AppContext): SpaceTidier {
  const { engine, trail } = app
  const { clock, random, log } = engine.env
  const dues = new Map<string, number>()

  function put(folderId: string, afterMs: number): void {
    const due = Math.round(clock.now() + afterMs)
    dues.set(folderId, due)
    engine.facts.set(dueFact(folderId), String(due))
  }

  async function work(folder: SyncedFolder, signal: AbortSignal): Promise<void> {
    const { id, name } = folder
    const wish = await engine.syncs.tidyWish(id, LATELY_MS, signal)
    if (wish === 'later') put(id, HOUR_MS)
    if (wish !== 'now') return
    const { packs, leavingPacks, isWhole } = await look(id, signal)
    // Only what frees space is worth a line in the history, and that something is lost.
    if (packs > 0 || !isWhole)
      return trail.scheduled(name, [app.runs.get(startSpaceTidy(app, folder, false))])
    const tidy = () => engine.syncs.tidy(id, { signal })
    await (leavingPacks > 0 ? trail.bySystem('sync.tidy', tidy, { id, name }) : tidy())
  }

  /** What would go. Where something of the space is lost nothing does, and a person should hear of it. */
  async function look(id: string, signal: AbortSignal) {
    try {
      return { ...(await engine.syncs.tidy(id, { dryRun: true, signal })), isWhole: true }
    } catch (error) {
      if (!hasCode(error, 'space-incomplete')) throw error
      return { packs: 0, leavingPacks: 0, isWhole: false }
    }
  }

  return {
    isDue({ id }) {
      const due = dues.get(id) ?? Number(engine.facts.get(dueFact(id)) ?? Number.NaN)
      const now = clock.now()
      // New here, or put off by a clock that was wrong.
      if (Number.isNaN(due) || due - now > DAY_MS + JITTER_MS) put(id, random.float() * DAY_MS)
      else dues.set(id, due)
      return due <= now
    },
    async tidy(folder, signal) {
      put(folder.id, APART_MS + random.float() * JITTER_MS)
      try {
        await work(folder, signal)
      } catch (error) {
        if (asEverstowError(error).code !== 'cancelled')
          log.area('sync').warn('a space could not be tidied', { folder: folder.folder, error })
      }
    },
  }
}
