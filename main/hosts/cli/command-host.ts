import type { Command } from 'commander'
import type { ExitStatus } from './exit-status.ts'
import type { Invocation } from './invocation.ts'
import type { Say } from './output/say.ts'
import type { Session } from './session.ts'

/** What the files in `commands/` hang their work on. */
export interface CommandHost {
  /** For help texts. */
  readonly say: Say
  /** Work over an open engine. It is given the command's arguments, then its options. */
  withEngine<A extends readonly unknown[]>(
    work: (session: Session, ...given: A) => Promise<ExitStatus>,
  ): (...given: [...A, Command]) => Promise<void>
  /** Work that opens what it needs itself. */
  withoutEngine<A extends readonly unknown[]>(
    work: (invocation: Invocation, ...given: A) => Promise<number>,
  ): (...given: [...A, Command]) => Promise<void>
}

/** Adds a command or a group of commands. */
export type RegisterCommand = (program: Command, host: CommandHost) => void
