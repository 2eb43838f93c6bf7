import { join } from 'node:path'
import type { Files } from '../../env/files.ts'
import { runProgram } from '../../env/node/run-program.ts'
import { EverstowError } from '../../model/errors.ts'

/** A program of PostgreSQL that was found. */
export interface PostgresProgram {
  readonly path: string
  /** Major version, e.g. 15. */
  readonly major: number
}

export type ProgramName =
  | 'psql'
  | 'pg_dump'
  | 'pg_dumpall'
  | 'pg_restore'
  | 'pg_basebackup'
  | 'initdb'
  | 'pg_ctl'
  | 'postgres'

/** Where packages put the programs of several versions side by side: a folder, and what follows the version's own. */
const INSTALLED: readonly (readonly [folder: string, below: string])[] = [
  ['/usr/lib/postgresql', 'bin'],
  ['/usr/pgsql', 'bin'],
  ['/Library/PostgreSQL', 'bin'],
  ['/opt/homebrew/opt', 'bin'],
  ['/usr/local/opt', 'bin'],
  ['C:\\Program Files\\PostgreSQL', 'bin'],
]
const VERSION = /\(PostgreSQL\) (\d+)/
const PATIENCE_MS = 10_000

/**
 * Finds a program whose version fits a server's: the same major version, else, where `orNewer`, the nearest newer one. PostgreSQL's programs work with older
 * servers, never with newer ones. Throws `postgres-programs-missing` where there is none at all, `postgres-programs-old` where all are older.
 */
export async function findPostgresProgram(
  files: Files,
  name: ProgramName,
  serverMajor: number,
  { orNewer }: { readonly orNewer: boolean },
): Promise<PostgresProgram> {
  const isFit = ({ major }: PostgresProgram): boolean =>
    orNewer ? major >= serverMajor : major === serverMajor
  const installed = await installedHere(files, name)
  const fit = installed.filter(isFit).sort((one, other) => one.major - other.major)[0]
  if (fit) return fit
  // Elsewhere only the program itself knows its version.
  const onPath = await versionOf(name)
  if (onPath && isFit(onPath)) return onPath
  const found = onPath ? [...installed, onPath] : installed
  if (found.length === 0)
    throw new EverstowError('postgres-programs-missing', { data: { program: name, server: serverMajor } })
  throw new EverstowError('postgres-programs-old', {
    data: { program: name, server: serverMajor, here: Math.max(...found.map(({ major }) => major)) },
  })
}

/** Where packages put them, the folder says the version. */
async function installedHere(files: Files, name: ProgramName): Promise<PostgresProgram[]> {
  const found: PostgresProgram[] = []
  for (const [folder, below] of INSTALLED) {
    if ((await files.stat(folder))?.kind !== 'directory') continue
    for (const version of await files.list(folder)) {
      // Homebrew's folder has every package's; the others have versions only.
      const major = /^(?:postgresql@)?(\d+)$/.exec(version)?.[1]
      if (major === undefined) continue
      for (const file of [name, `${name}.exe`]) {
        const path = join(folder, version, below, file)
        if (await files.stat(path)) found.push({ path, major: Number(major) })
      }
    }
  }
  return found
}

async function versionOf(path: string): Promise<PostgresProgram | undefined> {
  const said = await runProgram({ program: path, args: ['--version'], timeoutMs: PATIENCE_MS }).catch(
    () => undefined,
  )
  const major = VERSION.exec(said?.stdout ?? '')?.[1]
  return major === undefined ? undefined : { path, major: Number(major) }
}
