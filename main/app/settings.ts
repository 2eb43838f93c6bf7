import { Settings } from '../contract/index.ts'
import type { Configuration, Engine } from '../engine/engine.ts'

/** What holds until a person chooses otherwise. */
export const DEFAULT_SETTINGS: Settings = {
  language: 'auto',
  theme: 'auto',
  closeToTray: true,
  startAtLogin: false,
  notifications: true,
  pushIntervalSeconds: 3_600,
  autoSync: true,
  logLevel: 'info',
  trayHintShown: false,
}

/** The settings in force: what was chosen, else the default; a value that makes no sense counts as not chosen. */
export function settingsOf({ preferences }: Configuration): Settings {
  const chosen: Record<string, unknown> = { ...DEFAULT_SETTINGS }
  for (const [name, schema] of Object.entries(Settings.shape)) {
    if (!Object.hasOwn(preferences, name)) continue
    const parsed = schema.safeParse(preferences[name])
    if (parsed.success) chosen[name] = parsed.data
  }
  return chosen as Settings
}

/** Changes settings. */
export async function changeSettings(engine: Engine, change: Partial<Settings>): Promise<Settings> {
  const configuration = await engine.configuration.update((current) => ({
    ...current,
    preferences: { ...current.preferences, ...change },
  }))
  return settingsOf(configuration)
}
