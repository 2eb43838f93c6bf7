import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** The platform's folder for a program's data, where nothing else is asked for. */
export function defaultDataFolder(platform: string, environment: Environment, userHome: string): string {
  if (platform === 'win32')
    return join(environment.LOCALAPPDATA || join(userHome, 'AppData', 'Local'), 'Everstow')
  if (platform === 'darwin') return join(userHome, 'Library', 'Application Support', 'Everstow')
  return join(environment.XDG_DATA_HOME || join(userHome, '.local', 'share'), 'everstow')
}
