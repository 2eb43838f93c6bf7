import { EverstowError } from '../../engine/model/errors.ts'
import type { AppContext } from '../app-context.ts'
import { openAlarms } from '../kept/guard-state.ts'

/** Throws `plan-guarded` while a plan's change waits for somebody to look: a person who removes backups now must know. */
export async function refuseIfHeld(
  { engine }: AppContext,
  { dryRun, evenHeld }: { readonly dryRun: boolean; readonly evenHeld: boolean },
): Promise<void> {
  if (dryRun || evenHeld) return
  const [first] = openAlarms(engine, await engine.configuration.read())
  if (first) throw new EverstowError('plan-guarded', { data: { plan: first.plan.name } })
}
