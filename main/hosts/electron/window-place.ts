import type Electron from 'electron'
import { z } from 'zod'
import type { Files } from '../../engine/engine.ts'
import type { ShellLog, WindowMemory } from './ports.ts'

const Saved = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(200).max(20_000),
  height: z.number().int().min(200).max(20_000),
  maximized: z.boolean(),
})

/** Where the window lies and how large it is, in device-independent pixels. */
export type WindowPlace = z.infer<typeof Saved>

export const DEFAULT_SIZE = { width: 1120, height: 760 } as const
export const MINIMUM_SIZE = { width: 480, height: 520 } as const
/** So much of the title bar must lie on a screen for a person to be able to drag the window. */
const GRIP_PIXELS = 100

/** A memory in a file of the home folder. */
export function windowMemory(
  files: Pick<Files, 'readText' | 'stat' | 'writeAtomic'>,
  file: string,
): WindowMemory {
  return {
    load: async () => ((await files.stat(file)) ? files.readText(file) : undefined),
    save: (text) => files.writeAtomic(file, text, { mode: 0o600 }),
  }
}

/** The place of last time; undefined when there is none, it is damaged, or its screen is gone. */
export async function recallPlace(
  memory: WindowMemory,
  screens: readonly Electron.Rectangle[],
  log: ShellLog,
): Promise<WindowPlace | undefined> {
  try {
    const text = await memory.load()
    if (text === undefined) return undefined
    const place = Saved.parse(JSON.parse(text))
    return isReachable(place, screens) ? fitted(place, screens) : undefined
  } catch (error) {
    // A window in its usual place is no loss; the file is written anew when the window closes.
    log.warn('the saved window place was not usable', { reason: String(error) })
    return undefined
  }
}

/** Writes the place down; a failure costs only the memory of it. */
export async function rememberPlace(memory: WindowMemory, place: WindowPlace, log: ShellLog): Promise<void> {
  try {
    await memory.save(`${JSON.stringify(place, null, 2)}\n`)
  } catch (error) {
    log.warn('the window place was not saved', { reason: String(error) })
  }
}

/** Whether a person can get hold of the window on one of the screens. */
export function isReachable(place: Electron.Rectangle, screens: readonly Electron.Rectangle[]): boolean {
  return screens.some((screen) => canBeGrabbed(place, screen))
}

/** No larger than the largest screen there is now. */
function fitted(place: WindowPlace, screens: readonly Electron.Rectangle[]): WindowPlace {
  return {
    ...place,
    width: Math.min(place.width, Math.max(...screens.map(({ width }) => width))),
    height: Math.min(place.height, Math.max(...screens.map(({ height }) => height))),
  }
}

function canBeGrabbed(place: Electron.Rectangle, screen: Electron.Rectangle): boolean {
  const overlap = Math.min(place.x + place.width, screen.x + screen.width) - Math.max(place.x, screen.x)
  return (
    overlap >= GRIP_PIXELS && place.y >= screen.y - 10 && place.y <= screen.y + screen.height - GRIP_PIXELS
  )
}
