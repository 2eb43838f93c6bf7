import { EverstowError } from '../../model/errors.ts'
import { restoreSweep } from '../../repository/log/purge.ts'
import { pieces } from '../../repository/log/snapshot-marks.ts'
import { isLive, pendingSweeps } from '../../repository/log/state-queries.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { createMarker } from './marker.ts'

/**
 * Takes back what was forgotten and swept in a destination and is not purged; answers the snapshots that are there again. Sweeps are undone first,
 * the newest before the oldest, and a snapshot comes back only when all it needs is in the index.
 */
export async function undoForget(place: UpkeepPlace, signal?: AbortSignal): Promise<readonly string[]> {
  const { repository } = place
  const { log } = repository
  await log.refresh(signal)
  for (const { pos } of pendingSweeps(log.state).toReversed()) await restoreSweep(log, pos, signal)
  const marker = createMarker(place)
  for (;;) {
    await repository.refresh(signal)
    const { state } = log
    const wanted = [...state.snapshots]
      .filter(([, snapshot]) => !isLive(snapshot) && snapshot.gone === undefined)
      .map(([snapId]) => snapId)
    const whole: string[] = []
    for (const snapId of wanted) if (await isWhole(snapId)) whole.push(snapId)
    if (await unforgetBehind(state.pos, whole)) return whole
  }

  async function isWhole(snapId: string): Promise<boolean> {
    try {
      await marker.include([snapId], signal)
      return marker.missing([snapId]).size === 0
    } catch (error) {
      const isGone = error instanceof EverstowError && GONE.has(error.code)
      if (isGone) return false
      throw error
    }
  }

  /** Only behind the very state that was looked at, and the records of this very call. */
  async function unforgetBehind(pos: number, snapIds: readonly string[]): Promise<boolean> {
    let behind = pos
    for (const snaps of pieces(snapIds)) {
      const expected = behind
      const record = await log.append(
        'unforget',
        { snaps },
        { precheck: (state) => (state.pos === expected ? undefined : 'stop'), signal },
      )
      if (!record) return false
      behind = record.pos
    }
    return true
  }
}

const GONE: ReadonlySet<string> = new Set(['chunk-missing', 'data-damaged', 'object-missing'])
