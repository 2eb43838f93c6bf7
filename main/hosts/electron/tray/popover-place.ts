import type Electron from 'electron'

/** How large the popover is, in device-independent pixels. */
export const POPOVER_SIZE = { width: 360, height: 500 } as const
/** Between the popover and the panel or the edge of the screen. */
const GAP = 8

/**
 * Where the popover stands: centred on the icon, on the inner side of the panel that holds it, and wholly on the screen. Undefined
 * where the system does not say where the icon lies.
 */
export function popoverPlace(
  icon: Electron.Rectangle,
  workArea: Electron.Rectangle,
): Electron.Rectangle | undefined {
  if (icon.width <= 0 || icon.height <= 0) return undefined
  const width = Math.min(POPOVER_SIZE.width, workArea.width - 2 * GAP)
  const height = Math.min(POPOVER_SIZE.height, workArea.height - 2 * GAP)
  const isAtTop = icon.y + icon.height / 2 < workArea.y + workArea.height / 2
  return {
    x: within(icon.x + icon.width / 2 - width / 2, workArea.x, workArea.x + workArea.width - width),
    y: within(
      isAtTop ? icon.y + icon.height + GAP : icon.y - height - GAP,
      workArea.y,
      workArea.y + workArea.height - height,
    ),
    width,
    height,
  }
}

function within(wanted: number, least: number, most: number): number {
  return Math.round(Math.max(least + GAP, Math.min(wanted, most - GAP)))
}
