import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ElectronApi } from '../ports.ts'

/** Told to a start at login: no window, only the tray. */
export const HIDDEN_FLAG = '--hidden'

/** Starts Everstow at login, or no more. macOS and Windows have a list of their own; elsewhere it is a file in the autostart folder. */
export async function setStartAtLogin(
  on: boolean,
  options: {
    readonly app: Pick<ElectronApi['app'], 'setLoginItemSettings'>
    readonly platform: NodeJS.Platform
    /** The XDG config folder. */
    readonly configFolder: string
    /** The program and its first arguments. */
    readonly command: readonly string[]
  },
): Promise<void> {
  const [program, ...args] = options.command
  if (program === undefined) throw new Error('a login item needs a program')
  if (options.platform === 'darwin') {
    options.app.setLoginItemSettings({ openAtLogin: on })
    return
  }
  if (options.platform === 'win32') {
    const quoted = [...args.map((arg) => `"${arg}"`), HIDDEN_FLAG]
    options.app.setLoginItemSettings({ openAtLogin: on, path: program, args: quoted })
    return
  }
  const file = entryFile(options.configFolder)
  if (!on) return rm(file, { force: true })
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, autostartEntry([...options.command, HIDDEN_FLAG]))
}

/**
 * An update or a person may have given the program another path: then the entry of the autostart folder names this one. What else stands in it stays, and an entry that
 * somebody removed stays away. macOS and Windows follow by themselves.
 */
export async function renewStartAtLogin(options: {
  readonly platform: NodeJS.Platform
  readonly configFolder: string
  readonly command: readonly string[]
}): Promise<void> {
  if (options.platform === 'darwin' || options.platform === 'win32') return
  const file = entryFile(options.configFolder)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  const renewed = text?.replace(/^Exec=.*$/m, () => execLine([...options.command, HIDDEN_FLAG]))
  if (renewed !== undefined && renewed !== text) await writeFile(file, renewed)
}

function entryFile(configFolder: string): string {
  return path.join(configFolder, 'autostart', 'everstow.desktop')
}

function execLine(command: readonly string[]): string {
  return `Exec=${command.map(quoteExec).join(' ')}`
}

/** An entry after the freedesktop.org Desktop Entry and Autostart specifications. */
export function autostartEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Everstow',
    execLine(command),
    'Icon=everstow',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/**
 * One argument of an Exec line. Inside the quotes `"`, `` ` ``, `$` and `\` are escaped with a backslash; each backslash is
 * doubled again, because the value is a string of the file first; `%` would start a field code.
 */
function quoteExec(argument: string): string {
  if (/\p{Cc}/u.test(argument)) throw new Error('an autostart entry cannot hold control characters')
  return `"${argument
    .replaceAll(/["`$\\]/g, '\\$&')
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%')}"`
}
