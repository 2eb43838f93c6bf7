import { type Command, Option } from 'commander'
import type { DataKind } from '../../../contract/index.ts'
import type { Say } from '../output/say.ts'

/** Spelt out: the schemas come with the engine, and help needs none. */
const KINDS: readonly DataKind[] = ['json', 'ndjson', 'csv', 'text', 'bytes']

/** How a file is understood. */
export const asOption = (say: Say): Option => new Option('--as <kind>', say('help.opt.asKind')).choices(KINDS)

/** What kind of data files hold. */
export const kindOption = (say: Say): Option =>
  new Option('--kind <kind>', say('help.opt.fileKind')).choices(KINDS)

/** Which backups are meant, as the data calls take it. */
export interface RangeOptions {
  readonly plan?: string
  readonly source?: string
  readonly from?: string
  readonly to?: string
}

/** Adds the options that say which backups. */
export function rangeOptions(command: Command, say: Say): Command {
  return command
    .option('--plan <plan>', say('help.opt.plan'))
    .option('--source <path>', say('help.opt.ofSource'))
    .option('--from <date>', say('help.opt.fromDate'))
    .option('--to <date>', say('help.opt.toDate'))
}
