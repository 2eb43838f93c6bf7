import type { CommitLog } from './commit-log.ts'
import { openSessions } from './state-queries.ts'

/** So long a session may be silent. */
export const SILENT_MS = 7 * 24 * 3_600_000

export interface ExpireOptions {
  /** Default seven days of store time. Policy only: a session that goes on after it expired is refused its commit and begins again. */
  readonly silentMs?: number
  /** The store's time of the last object that a session wrote, where the caller has a listing. */
  readonly lastObjectMs?: (b: number) => number | undefined
  readonly signal?: AbortSignal
}

/** G1: ends sessions that have been silent for long, so that what they left may be deleted; gives their `b`. */
export async function expireSilent(
  log: CommitLog,
  { silentMs = SILENT_MS, lastObjectMs, signal }: ExpireOptions = {},
): Promise<readonly number[]> {
  await log.checkClock(signal)
  const expired: number[] = []
  for (const { b } of openSessions(await log.refresh(signal))) {
    const lastMs = Math.max(await log.writtenMs(b, signal), lastObjectMs?.(b) ?? 0)
    if (log.storeNowMs() - lastMs < silentMs) continue
    if (await expireSession(log, b, signal)) expired.push(b)
  }
  return expired
}

/** Ends a session that is open; `false` when it is not. */
export async function expireSession(log: CommitLog, b: number, signal?: AbortSignal): Promise<boolean> {
  const record = await log.append(
    'expire',
    { b },
    {
      precheck: (state) => {
        const session = state.sessions.get(b)
        return session && session.done === undefined && session.expired === undefined ? undefined : 'stop'
      },
      signal,
    },
  )
  return record !== undefined
}
