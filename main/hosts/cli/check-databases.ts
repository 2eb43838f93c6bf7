import { hasCode } from '../../engine/model/errors.ts'
import { isPostgresSource } from '../../engine/model/postgres-source.ts'
import { ask, canAsk } from './ask.ts'
import { databasePassword } from './secrets/database-password.ts'
import type { Session } from './session.ts'

/**
 * Makes sure that the databases among sources can be backed up from here, before a plan is kept that would fail at night. A password that is needed comes from
 * the named file, `PGPASSWORD` or a hidden question, is tried, and is kept with the secrets. Throws `postgres-…`.
 */
export async function checkDatabases(
  session: Session,
  sources: readonly string[],
  secretFile: string | undefined,
): Promise<void> {
  const { say, output, interrupt } = session
  for (const source of sources.filter(isPostgresSource)) {
    const given = await databasePassword(session, secretFile)
    if (given !== undefined) {
      await session.call('postgres.test', { source, password: given })
      await session.call('postgres.setPassword', { source, password: given })
      output.note(say('db.passwordKept', { source }))
      continue
    }
    try {
      await session.call('postgres.test', { source })
    } catch (error) {
      if (!hasCode(error, 'postgres-refused') || !canAsk()) throw error
      const password = await ask(say('db.askPassword', { source }), {
        hidden: true,
        signal: interrupt.signal,
      })
      await session.call('postgres.test', { source, password })
      await session.call('postgres.setPassword', { source, password })
    }
  }
}
