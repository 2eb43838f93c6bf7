import { stat } from 'node:fs/promises'
import path from 'node:path'
import type Electron from 'electron'
import type { Run } from '../../contract/index.ts'
import type { ElectronApi } from './ports.ts'
import type { Words } from './words.ts'

/** The system's folder dialog; null when the person cancels. */
export async function pickFolder(
  dialog: Pick<ElectronApi['dialog'], 'showOpenDialog'>,
  parent: Electron.BrowserWindow | undefined,
  title: string,
): Promise<string | null> {
  const options: Electron.OpenDialogOptions = {
    title,
    message: title,
    properties: ['openDirectory', 'createDirectory', 'showHiddenFiles'],
  }
  const picked = await (parent ? dialog.showOpenDialog(parent, options) : dialog.showOpenDialog(options))
  return picked.canceled ? null : (picked.filePaths[0] ?? null)
}

/**
 * Opens a folder in the file manager. Anything that opening would start as a program (a file, or a bundle, which macOS
 * takes for an application) is only shown in its folder.
 */
export async function openFolder(
  shell: Pick<ElectronApi['shell'], 'openPath' | 'showItemInFolder'>,
  folder: string,
): Promise<boolean> {
  if (!path.isAbsolute(folder)) return false
  const found = await stat(folder).catch(() => {
    // Whatever keeps us from looking at it keeps the file manager from showing it.
    return undefined
  })
  if (!found) return false
  if (found.isDirectory() && path.extname(folder) === '') return (await shell.openPath(folder)) === ''
  shell.showItemInFolder(folder)
  return true
}

/** More than so many are not named one by one: a question is read in a glance. */
const MOST_NAMED = 6

/**
 * Asks whether running work may be stopped, each piece of it named. Resolves to true for "Quit and stop …"; closing the dialog
 * keeps working.
 */
export async function askToQuit(
  dialog: Pick<ElectronApi['dialog'], 'showMessageBox'>,
  parent: Electron.BrowserWindow | undefined,
  running: readonly Run[],
  words: Words,
): Promise<boolean> {
  const kinds = new Set(running.map((run) => run.kind))
  const work =
    kinds.size > 1 ? 'Work' : kinds.has('backup') ? 'Backup' : kinds.has('restore') ? 'Restore' : 'Work'
  const options: Electron.MessageBoxOptions = {
    type: 'question',
    title: 'Everstow',
    message:
      running.length > 1
        ? words.text('tray.quitManyMessage', { count: running.length })
        : words.text(`tray.quit${work}Message`),
    detail: `${namesOf(running, words)}\n\n${words.text(`tray.quit${work}Detail`)}`,
    buttons: [words.text('tray.keepWorking'), words.text(`tray.quit${work}`)],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  }
  const answer = await (parent ? dialog.showMessageBox(parent, options) : dialog.showMessageBox(options))
  return answer.response === 1
}

/** One line each: "Backing up Documents · 42%". */
function namesOf(running: readonly Run[], words: Words): string {
  const lines = running.slice(0, MOST_NAMED).map((run) => {
    const title = words.text(`runs.title.${run.kind}`, { label: run.label })
    return run.bytesTotal ? `• ${title} · ${words.percent(run.bytes / run.bytesTotal)}` : `• ${title}`
  })
  const more = running.length - lines.length
  if (more > 0) lines.push(words.text('tray.quitMore', { count: more }))
  return lines.join('\n')
}
