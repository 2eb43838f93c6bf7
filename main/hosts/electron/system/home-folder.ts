import path from 'node:path'

/** Where settings and the catalogue lie: `--home DIR`, else `EVERSTOW_HOME`, else the platform's folder for a program's data. */
export function homeFolder(
  args: readonly string[],
  system: {
    readonly platform: NodeJS.Platform
    readonly env: Readonly<Record<string, string | undefined>>
    readonly userHome: string
  },
): string {
  const { env, userHome, platform } = system
  // What follows `--` came from outside, such as a link of the system.
  const end = args.indexOf('--')
  const options = end < 0 ? args : args.slice(0, end)
  const at = options.indexOf('--home')
  const given =
    (at >= 0 ? options[at + 1] : undefined) ??
    options.find((arg) => arg.startsWith('--home='))?.slice('--home='.length) ??
    env.EVERSTOW_HOME
  if (given) return path.resolve(given)
  if (platform === 'darwin') return path.join(userHome, 'Library', 'Application Support', 'Everstow')
  if (platform === 'win32')
    return path.join(env.LOCALAPPDATA ?? path.join(userHome, 'AppData', 'Local'), 'Everstow')
  return path.join(env.XDG_DATA_HOME || path.join(userHome, '.local', 'share'), 'everstow')
}
