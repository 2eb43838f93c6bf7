import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { perform } from '../measure.ts'

/** A program's name and version as it says it itself, or what is missing and which Debian package has it. */
export async function findProgram(
  program: string,
  debianPackage: string,
  versionArgument = '--version',
): Promise<{ version: string } | { missing: string }> {
  if (!isThere(program))
    return { missing: `${program} is not installed (Debian package ${debianPackage}; test/provision bench)` }
  const said = await perform({ argv: [program, versionArgument] })
  return { version: `${program} ${/\d+(\.\d+)+/.exec(said)?.[0] ?? 'unknown'}` }
}

function isThere(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      // Not in this folder; the next one may have it.
      return false
    }
  })
}
