import type Electron from 'electron'
import type { ElectronApi } from './ports.ts'
import type { Page } from './tray/tray-view.ts'
import type { Words } from './words.ts'

/** The application menu: a page each, editing, and what the system expects. Also where the accelerators live. */
export function applicationMenu(
  words: Words,
  does: { readonly show: (page: Page) => void; readonly quit: () => void },
  platform: NodeJS.Platform,
): Electron.MenuItemConstructorOptions[] {
  const label = (name: string): string => words.text(`tray.menu.${name}`)
  const role = (
    name: NonNullable<Electron.MenuItemConstructorOptions['role']>,
    text: string,
  ): Electron.MenuItemConstructorOptions => ({ role: name, label: label(text) })
  const page = (name: Page, accelerator: string): Electron.MenuItemConstructorOptions => ({
    label: label(name),
    accelerator,
    click: () => does.show(name),
  })
  const separator: Electron.MenuItemConstructorOptions = { type: 'separator' }
  const settings = page('settings', 'CmdOrCtrl+,')
  const quit = { label: words.text('tray.quit'), accelerator: 'CmdOrCtrl+Q', click: does.quit }

  const pages = [
    page('status', 'CmdOrCtrl+1'),
    page('backups', 'CmdOrCtrl+2'),
    page('restore', 'CmdOrCtrl+3'),
    page('places', 'CmdOrCtrl+4'),
  ]
  const mac = platform === 'darwin'
  const ofTheApp: Electron.MenuItemConstructorOptions = {
    label: 'Everstow',
    submenu: [
      role('about', 'about'),
      separator,
      settings,
      separator,
      role('hide', 'hide'),
      role('hideOthers', 'hideOthers'),
      role('unhide', 'showAll'),
      separator,
      quit,
    ],
  }
  return [
    ...(mac ? [ofTheApp] : []),
    { label: label('file'), submenu: mac ? pages : [...pages, settings, separator, quit] },
    {
      label: label('edit'),
      submenu: [
        role('undo', 'undo'),
        role('redo', 'redo'),
        separator,
        role('cut', 'cut'),
        role('copy', 'copy'),
        role('paste', 'paste'),
        role('selectAll', 'selectAll'),
      ],
    },
    {
      label: label('view'),
      submenu: [
        role('zoomIn', 'zoomIn'),
        role('zoomOut', 'zoomOut'),
        role('resetZoom', 'zoomReset'),
        separator,
        role('togglefullscreen', 'fullScreen'),
      ],
    },
    { label: label('window'), submenu: [role('minimize', 'minimize'), role('close', 'close')] },
  ]
}

/** Puts the menu up in the given language. */
export function setApplicationMenu(
  electron: Pick<ElectronApi, 'Menu'>,
  template: readonly Electron.MenuItemConstructorOptions[],
): void {
  electron.Menu.setApplicationMenu(electron.Menu.buildFromTemplate([...template]))
}
