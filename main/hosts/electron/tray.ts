import path from 'node:path'
import type Electron from 'electron'
import type { ElectronApi, ShellClock } from './ports.ts'
import type { TrayAction, TrayIcon, TrayLine, TrayView } from './tray-view.ts'

/** Pictures of the working icon, and how long each stays. */
export const WORKING_FRAMES = 4
export const FRAME_MS = 350
/** Windows cuts tooltips off at 127 characters. */
const MAX_TOOLTIP = 127

/** The icon beside the clock. */
export interface TrayHandle {
  show(view: TrayView): void
  destroy(): void
}

/** Puts the icon up. The menu is replaced only when its lines changed, because replacing closes one that is open. */
export function createTray(options: {
  readonly electron: Pick<ElectronApi, 'Tray' | 'Menu' | 'nativeImage' | 'systemPreferences'>
  readonly iconsFolder: string
  readonly platform: NodeJS.Platform
  readonly clock: ShellClock
  readonly onAction: (action: TrayAction) => void
}): TrayHandle {
  const { electron, platform, clock, onAction } = options
  const images = new Map<string, Electron.NativeImage>()
  const still = electron.systemPreferences.getAnimationSettings().prefersReducedMotion
  let shownIcon: TrayIcon | undefined
  let shownTooltip = ''
  let shownLines = ''
  let stopAnimation = () => {}

  function image(name: string): Electron.NativeImage {
    // macOS colours template images itself; the other systems get the state's colour.
    const file = path.join(options.iconsFolder, `${name}${platform === 'darwin' ? 'Template' : ''}.png`)
    const known = images.get(name) ?? electron.nativeImage.createFromPath(file)
    images.set(name, known)
    return known
  }

  const tray = new electron.Tray(image('waiting'))
  tray.on('click', () => {
    // On macOS a click opens the menu.
    if (platform !== 'darwin') onAction({ do: 'show' })
  })

  function showIcon(icon: TrayIcon): void {
    if (icon === shownIcon) return
    shownIcon = icon
    stopAnimation()
    stopAnimation = () => {}
    let frame = 0
    tray.setImage(image(icon === 'working' ? 'working-0' : icon))
    if (icon !== 'working' || still) return
    stopAnimation = clock.every(FRAME_MS, () => {
      frame = (frame + 1) % WORKING_FRAMES
      tray.setImage(image(`working-${frame}`))
    })
  }

  function showLines(lines: readonly TrayLine[]): void {
    const text = JSON.stringify(lines)
    if (text === shownLines) return
    shownLines = text
    tray.setContextMenu(electron.Menu.buildFromTemplate(lines.map((line) => menuItem(line, onAction))))
  }

  return {
    show(view) {
      showIcon(view.icon)
      if (view.tooltip !== shownTooltip) {
        shownTooltip = view.tooltip
        tray.setToolTip(
          view.tooltip.length > MAX_TOOLTIP ? `${view.tooltip.slice(0, MAX_TOOLTIP - 1)}…` : view.tooltip,
        )
      }
      showLines(view.lines)
    },
    destroy() {
      stopAnimation()
      tray.destroy()
    },
  }
}

function menuItem(
  line: TrayLine,
  onAction: (action: TrayAction) => void,
): Electron.MenuItemConstructorOptions {
  switch (line.kind) {
    case 'separator':
      return { type: 'separator' }
    case 'text':
      return { label: escapeMnemonic(line.label), enabled: false }
    case 'action':
      return { label: escapeMnemonic(line.label), click: () => onAction(line.action) }
    case 'submenu':
      return {
        label: escapeMnemonic(line.label),
        submenu: line.lines.map((inner) => menuItem(inner, onAction)),
      }
  }
}

/** A single `&` in a menu label marks the next letter; a plan's name may well hold one. */
function escapeMnemonic(label: string): string {
  return label.replaceAll('&', '&&')
}
