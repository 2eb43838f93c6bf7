import { Settings } from '../contract/index.ts'
import type { Configuration, Engine } from '../engine/engine.ts'
import { EverstowError } from '../engine/model/errors.ts'
import { followsEvents, parseSchedule } from '../engine/model/schedule/schedule.ts'

/** What holds until a person chooses otherwise. */
export const DEFAULT_SETTINGS: Settings = {
  language: 'auto',
  theme: 'auto',
  closeToTray: true,
  startAtLogin: false,
  notifications: true,
  pushIntervalSeconds: 3_600,
  autoSync: true,
  verifySchedule: 'every:6h',
  cleanupSchedule: 'weekly@sun 04:00',
  drillSchedule: 'weekly@sun 05:00',
  weeklyDigest: false,
  serveApi: false,
  apiPort: 7_700,
  serveData: false,
  updates: 'auto',
  logLevel: 'info',
  trayHintShown: false,
}

/** The settings in force: what was chosen, else the default; a value that makes no sense counts as not chosen. */
export function settingsOf({ preferences }: Configuration): Settings {
  const chosen: Record<string, unknown> = { ...DEFAULT_SETTINGS }
  for (const [name, schema] of Object.entries(Settings.shape)) {
    if (!Object.hasOwn(preferences, name)) continue
    const parsed = schema.safeParse(preferences[name])
    if (parsed.success && isSound(name, parsed.data)) chosen[name] = parsed.data
  }
  return chosen as Settings
}

const SCHEDULES = ['verifySchedule', 'cleanupSchedule', 'drillSchedule'] as const

/** What a schema cannot say: a settings file may have been edited by hand. */
function isSound(name: string, value: unknown): boolean {
  if (!(SCHEDULES as readonly string[]).includes(name)) return true
  try {
    checkCareSchedule(String(value))
    return true
  } catch {
    return false
  }
}

/** Files and drives belong to plans: what looks after all of them goes by the clock. */
function checkCareSchedule(text: string): void {
  if (followsEvents(parseSchedule(text)))
    throw new EverstowError('invalid-input', { data: { field: 'schedule', value: text } })
}

/** Changes settings. Throws `invalid-input` for a schedule that is none. */
export async function changeSettings(engine: Engine, change: Partial<Settings>): Promise<Settings> {
  for (const name of SCHEDULES) if (change[name] !== undefined) checkCareSchedule(change[name])
  const configuration = await engine.configuration.update((current) => ({
    ...current,
    preferences: { ...current.preferences, ...change },
  }))
  return settingsOf(configuration)
}
