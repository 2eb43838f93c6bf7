import type { Engine } from '../../engine/engine.ts'

/** The fact that keeps until when automation is paused: `forever` or milliseconds since 1970. */
export const PAUSE_FACT = 'paused-until'

/** How long backups are paused; `forever`, a time, or undefined for not at all. */
export function pausedUntil(engine: Engine): number | 'forever' | undefined {
  const fact = engine.facts.get(PAUSE_FACT)
  if (fact === undefined) return undefined
  if (fact === 'forever') return 'forever'
  return Number(fact) > engine.env.clock.now() ? Number(fact) : undefined
}
