import { type ProgramRun, runProgram } from '../../env/node/run-program.ts'
import { EverstowError } from '../../model/errors.ts'
import { type Connection, postgresError } from './connection.ts'

/** Runs a program of PostgreSQL that has to succeed, and gives what it says. Throws `postgres-…` errors. */
export async function mustRun(
  { source, environment }: Pick<Connection, 'source' | 'environment'>,
  run: Omit<ProgramRun, 'environment'>,
): Promise<string> {
  const outcome = await runProgram({ ...run, environment })
  if (!outcome)
    throw new EverstowError('postgres-programs-missing', {
      data: { program: run.program.split(/[\\/]/).at(-1) },
    })
  if (outcome.exitCode !== 0) throw postgresError(source, outcome.stderr)
  return outcome.stdout
}
