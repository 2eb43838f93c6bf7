import type Electron from 'electron'
import type { ElectronApi, ShellClock } from '../ports.ts'
import type { Pictures } from './pictures.ts'
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

/**
 * Puts the icon up. A click opens the popover where the system says where the icon lies (macOS, Windows), else the window; the
 * menu opens with the other button. It is replaced only when its lines changed, because replacing closes one that is open.
 */
export function createTray(options: {
  readonly electron: Pick<ElectronApi, 'Tray' | 'Menu' | 'systemPreferences'>
  readonly pictures: Pictures
  readonly platform: NodeJS.Platform
  readonly clock: ShellClock
  readonly onAction: (action: TrayAction) => void
  /** Shows the popover beside the icon, or puts it away; false where it cannot stand there. */
  readonly togglePopover: (icon: Electron.Rectangle) => boolean
}): TrayHandle {
  const { electron, pictures, platform, clock, onAction } = options
  const still = electron.systemPreferences.getAnimationSettings().prefersReducedMotion
  let shownIcon: TrayIcon | undefined
  let shownTooltip = ''
  let shownLines = ''
  let frame = 0
  let menu: Electron.Menu | undefined
  let stopAnimation = () => {}

  const tray = new electron.Tray(pictures.tray('waiting'))
  tray.on('click', () => {
    // Linux does not say where the icon lies.
    if (platform !== 'linux' && options.togglePopover(tray.getBounds())) return
    onAction({ do: 'show' })
  })
  tray.on('double-click', () => onAction({ do: 'show' }))
  // On macOS a menu that is set opens with every click and leaves none to the popover.
  if (platform === 'darwin') tray.on('right-click', () => menu && tray.popUpContextMenu(menu))
  pictures.onPanelChange(() => {
    if (!tray.isDestroyed()) drawIcon()
  })

  function drawIcon(): void {
    const icon = shownIcon ?? 'waiting'
    tray.setImage(pictures.tray(icon === 'working' ? `working-${frame}` : icon))
  }

  function showIcon(icon: TrayIcon): void {
    if (icon === shownIcon) return
    shownIcon = icon
    stopAnimation()
    stopAnimation = () => {}
    frame = 0
    drawIcon()
    if (icon !== 'working' || still) return
    stopAnimation = clock.every(FRAME_MS, () => {
      frame = (frame + 1) % WORKING_FRAMES
      drawIcon()
    })
  }

  function showLines(lines: readonly TrayLine[]): void {
    const text = JSON.stringify(lines)
    if (text === shownLines) return
    shownLines = text
    menu = electron.Menu.buildFromTemplate(lines.map((line) => menuItem(line, onAction)))
    if (platform !== 'darwin') tray.setContextMenu(menu)
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
