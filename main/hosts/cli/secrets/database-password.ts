import type { Session } from '../session.ts'
import { readSecretFile } from './read-secret-file.ts'

/** A database user's password: the file that is named, else `PGPASSWORD`, else none, which leaves it to libpq (`~/.pgpass`, the socket's owner). */
export async function databasePassword(
  session: Session,
  secretFile: string | undefined,
): Promise<string | undefined> {
  if (secretFile !== undefined)
    return (await readSecretFile(session, '--secret-file', secretFile)).replace(/\r?\n$/, '')
  return session.environment.PGPASSWORD || undefined
}
