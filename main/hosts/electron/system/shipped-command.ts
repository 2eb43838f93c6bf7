import path from 'node:path'

/**
 * The words that start the command line which lies beside an installed application; undefined from the sources, and in an AppImage, whose files are there
 * only while it runs.
 */
export function shippedCommand(program: {
  readonly isPackaged: boolean
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly resourcesFolder: string
}): readonly string[] | undefined {
  if (!program.isPackaged || program.env.APPIMAGE) return undefined
  const isWindows = program.platform === 'win32'
  const { join } = isWindows ? path.win32 : path.posix
  return [join(program.resourcesFolder, 'command', isWindows ? 'everstow.cmd' : 'everstow')]
}
