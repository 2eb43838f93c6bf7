import { z } from 'zod'
import type { Configuration, Engine } from '../../engine/engine.ts'

const PREFERENCE = 'leftOutOnPurpose'
const Paths = z.array(z.string().min(1))

/** Folders of which somebody said that they need no backup. */
export function onPurposeIn({ preferences }: Configuration): readonly string[] {
  const kept = Paths.safeParse(preferences[PREFERENCE])
  return kept.success ? kept.data : []
}

/** Remembers that a folder needs no backup, or forgets that. */
export async function setOnPurpose(engine: Engine, path: string, onPurpose: boolean): Promise<void> {
  await engine.configuration.update((current) => {
    const others = onPurposeIn(current).filter((each) => each !== path)
    const paths = onPurpose ? [...others, path].toSorted() : others
    return { ...current, preferences: { ...current.preferences, [PREFERENCE]: paths } }
  })
}
