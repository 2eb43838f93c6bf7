import type { Command } from 'commander'
import type { CallInput, Plan } from '../../../contract/index.ts'
import { planNamed } from '../find/find-plan.ts'
import type { Say } from '../output/say.ts'
import { sizeInBytes } from './amounts.ts'

/** How far a key that reads data shall see, as typed. */
export interface ScopeOptions {
  readonly plan?: readonly string[]
  readonly path?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly bytesPerHour?: number
}

const together = (word: string, before: readonly string[] = []): string[] => [...before, word]

/** Adds the options to a command. */
export function withScopeOptions(command: Command, say: Say): Command {
  return command
    .option('--plan <plan>', say('help.opt.scopePlan'), together)
    .option('--path <pattern>', say('help.opt.scopePath'), together)
    .option('--from <date>', say('help.opt.fromDate'))
    .option('--to <date>', say('help.opt.toDate'))
    .option('--bytes-per-hour <size>', say('help.opt.bytesPerHour'), sizeInBytes)
}

/** The limits they are; a scope only where something of one was typed. */
export function limitsOf(
  { plan, path, from, to, bytesPerHour }: ScopeOptions,
  plans: readonly Plan[],
): Pick<CallInput<'apiKeys.limit'>, 'scope' | 'bytesPerHour'> {
  const scope = {
    ...(plan && { planIds: plan.map((wanted) => planNamed(plans, wanted).id) }),
    ...(path && { paths: [...path] }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }
  return {
    ...(Object.keys(scope).length > 0 && { scope }),
    ...(bytesPerHour === undefined ? {} : { bytesPerHour }),
  }
}
