import path from 'node:path'
import type Electron from 'electron'
import type { ElectronApi } from '../ports.ts'

/** Pictures of `assets/icons`, each read once. */
export interface Pictures {
  /** A picture of the tray, as this system's panel needs it now. */
  tray(name: string): Electron.NativeImage
  /** What lies over the button of the taskbar: a number from 1 on. */
  badge(count: number): Electron.NativeImage
  /** Calls back when the panel turned from light to dark or back. */
  onPanelChange(redraw: () => void): void
}

/**
 * macOS tints black pictures itself. Windows says whether its panel is dark. On Linux nobody says it: the system's theme is the best
 * guess, and every picture is readable on both. What a person chose for the window says nothing about the panel.
 */
export function openPictures(
  electron: Pick<ElectronApi, 'nativeImage' | 'nativeTheme'>,
  iconsFolder: string,
  platform: NodeJS.Platform,
): Pictures {
  const { nativeTheme } = electron
  const known = new Map<string, Electron.NativeImage>()
  let systemIsDark = nativeTheme.shouldUseDarkColors

  function picture(name: string): Electron.NativeImage {
    const file = path.join(iconsFolder, `${name}.png`)
    const image = known.get(file) ?? electron.nativeImage.createFromPath(file)
    known.set(file, image)
    return image
  }

  function panelIsDark(): boolean {
    if (platform === 'win32') return nativeTheme.shouldUseDarkColorsForSystemIntegratedUI
    if (nativeTheme.themeSource === 'system') systemIsDark = nativeTheme.shouldUseDarkColors
    return systemIsDark
  }

  return {
    tray(name) {
      if (platform === 'darwin') return picture(`tray/template/${name}Template`)
      const theme = panelIsDark() ? 'dark' : 'light'
      return picture(`tray/${theme}/${name}${platform === 'linux' ? '-22' : ''}`)
    },
    badge: (count) => picture(`badge/${count > 9 ? 'more' : count}`),
    onPanelChange: (redraw) => void nativeTheme.on('updated', redraw),
  }
}
