import { isAbsolute, join } from 'node:path'
import { z } from 'zod'
import type { Engine } from '../engine/engine.ts'

const PREFERENCE = 'restoreRoots'
const Roots = z.array(z.string().refine(isAbsolute))

/** Folders that restores of the REST API may write into: those that were chosen, and one in the data folder that is always there. */
export async function restoreRoots(engine: Engine): Promise<string[]> {
  const { preferences } = await engine.configuration.read()
  const chosen = Roots.safeParse(preferences[PREFERENCE])
  return [join(engine.home, 'restored'), ...(chosen.success ? chosen.data : [])]
}

/** Replaces the chosen ones. */
export async function setRestoreRoots(engine: Engine, roots: readonly string[]): Promise<void> {
  await engine.configuration.update((current) => ({
    ...current,
    preferences: { ...current.preferences, [PREFERENCE]: [...new Set(roots)] },
  }))
}
