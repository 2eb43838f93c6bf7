import type { CommitLog } from './commit-log.ts'
import { pendingSweeps } from './state-queries.ts'
import { GRACE_MS } from './sweep.ts'

/**
 * G5, G6: makes sweeps final whose time to be undone is over; gives their positions. Only behind a purge may keys be deleted, by anyone. The time is the
 * store's own for the sweep's record, not what its writer thought.
 */
export async function purgeDue(
  log: CommitLog,
  { graceMs = GRACE_MS, signal }: { readonly graceMs?: number; readonly signal?: AbortSignal } = {},
): Promise<readonly number[]> {
  await log.checkClock(signal)
  const purged: number[] = []
  for (const { pos } of pendingSweeps(await log.refresh(signal))) {
    if (log.storeNowMs() - (await log.writtenMs(pos, signal)) < graceMs) continue
    const record = await log.append('purge', { sweep: pos }, { precheck: whilePending(pos), signal })
    if (record) purged.push(pos)
  }
  return purged
}

/** Undoes a sweep; `false` when it is purged, undone already or none. */
export async function restoreSweep(log: CommitLog, sweepPos: number, signal?: AbortSignal): Promise<boolean> {
  const record = await log.append(
    'restore',
    { sweep: sweepPos },
    { precheck: whilePending(sweepPos), signal },
  )
  return record !== undefined
}

function whilePending(pos: number): (state: CommitLog['state']) => 'stop' | undefined {
  return (state) => {
    const sweep = state.sweeps.get(pos)
    return sweep && sweep.purged === undefined && sweep.restored === undefined ? undefined : 'stop'
  }
}
