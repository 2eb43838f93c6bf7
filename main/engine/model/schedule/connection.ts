/** Which drives of a plan are there. Kept over restarts. */
export interface Connection {
  /** Each place and source that is there, with when it was found after having been away (milliseconds since 1970). */
  readonly cameMs: Readonly<Record<string, number>>
  /** Enough of it is there for a backup. */
  readonly isUsable: boolean
}

/** A plug that is loose makes no backup a minute. */
const GAP_MS = 10 * 60_000

/** What is known after a look. What was there when it was first looked for has just come. */
export function lookAtConnection(
  before: Connection | undefined,
  here: readonly string[],
  isUsable: boolean,
  nowMs: number,
): Connection {
  return { cameMs: Object.fromEntries(here.map((id) => [id, before?.cameMs[id] ?? nowMs])), isUsable }
}

/** When drives that came are to be used: once, each time they come. Undefined: not before they come again. */
export function dueByConnection(
  connection: Connection | undefined,
  settledMs: number | undefined,
  nowMs: number,
): number | undefined {
  const times = Object.values(connection?.cameMs ?? {})
  if (!connection?.isUsable || times.length === 0) return undefined
  // A time that lies ahead was noted by a clock that was wrong.
  const cameMs = Math.min(Math.max(...times), nowMs)
  if (settledMs === undefined) return cameMs
  return cameMs > settledMs ? Math.max(cameMs, settledMs + GAP_MS) : undefined
}
