import { type Command, Option } from 'commander'
import { DEFAULT_FORMAT, type Place, type Plan, type PlanChange } from '../../../contract/index.ts'
import { PLAN_CONDITIONS, type PlanCondition } from '../../../engine/model/schedule/conditions.ts'
import { placeNamed } from '../find/find-place.ts'
import type { Say } from '../output/say.ts'
import type { Session } from '../session.ts'
import { absoluteSource } from '../typed-path.ts'
import { UsageError } from '../usage-error.ts'
import { days } from './amounts.ts'
import { conditionsOption, quietHoursOption } from './hold-options.ts'
import { type Keep, type KeepAt, keepAtOption, keepOption } from './keep-option.ts'

/** What `plan add` and `plan edit` both take. */
export interface PlanOptions {
  readonly source?: string[]
  readonly to?: string[]
  readonly format?: Plan['format']
  readonly schedule?: string
  readonly waitFor?: readonly PlanCondition[]
  /** Null with `none`. */
  readonly quietHours?: string | null
  /** Null with `auto`. */
  readonly staleAfter?: number | null
  readonly keep?: Keep
  readonly keepAt?: readonly KeepAt[]
  readonly compression?: 'normal' | 'fast'
  readonly canaries?: 'on' | 'off'
  /** False with `--no-exclude`. */
  readonly exclude?: string[] | false
  readonly excludePreset?: string[] | false
}

/** Adds the options that `plan add` and `plan edit` share. */
export function withPlanOptions(command: Command, say: Say): Command {
  return command
    .option('--to <places...>', say('help.opt.to'))
    .addOption(new Option('--format <format>', say('help.opt.format')).choices(['archive', 'snapshot']))
    .option('--schedule <when>', say('help.opt.schedule'))
    .option('--wait-for <conditions>', say('help.opt.waitFor'), conditionsOption(PLAN_CONDITIONS))
    .option('--quiet-hours <hours>', say('help.opt.quietHours'), quietHoursOption)
    .option('--stale-after <time>', say('help.opt.staleAfter'), staleAfterOption)
    .option('--keep <rule>', say('help.opt.keep'), keepOption)
    .option('--keep-at <place=rule>', say('help.opt.keepAt'), keepAtOption)
    .addOption(new Option('--compression <how>', say('help.opt.compression')).choices(['normal', 'fast']))
    .addOption(new Option('--canaries <on|off>', say('help.opt.canaries')).choices(['on', 'off']))
    .option('--exclude <globs...>', say('help.opt.exclude'))
    .option('--exclude-preset <names...>', say('help.opt.excludePreset'))
}

/** The fields of a plan that the options name. `before`: the plan that is changed. */
export function planFields(
  { surroundings }: Session,
  options: PlanOptions,
  places: readonly Place[],
  before?: Plan,
): PlanChange {
  const { source, to, schedule, keep, exclude, excludePreset, compression } = options
  const format = options.format ?? before?.format ?? DEFAULT_FORMAT
  return {
    ...(source ? { sources: source.map((path) => absoluteSource(path, surroundings)) } : {}),
    ...(to ? { placeIds: to.map((name) => placeNamed(places, name).id) } : {}),
    ...(options.format ? { format: options.format } : {}),
    ...(schedule === undefined ? {} : { schedule }),
    ...(options.waitFor ? { waitFor: [...options.waitFor] } : {}),
    ...(options.quietHours === undefined ? {} : { quietHours: options.quietHours }),
    ...(options.staleAfter === undefined ? {} : { staleAfterHours: options.staleAfter }),
    ...(keep ? keepFields(keep, format) : {}),
    ...(options.keepAt ? { keepAt: keepAtFields(options.keepAt, format, places, before) } : {}),
    ...(compression ? { compression } : {}),
    ...(options.canaries ? { canaries: areWanted(options.canaries, format) } : {}),
    ...(exclude === undefined ? {} : { exclude: exclude || [] }),
    ...(excludePreset === undefined ? {} : { excludePresets: excludePreset || [] }),
  }
}

/** The guard reads snapshots only. */
function areWanted(canaries: 'on' | 'off', format: Plan['format']): boolean {
  if (canaries === 'on' && format === 'archive') throw new UsageError('canariesNeedSnapshot')
  return canaries === 'on'
}

/** `36h`, `3d`, `2w` … as hours; null for `auto`. */
function staleAfterOption(text: string): number | null {
  if (text.trim().toLowerCase() === 'auto') return null
  const hours = /^(\d{1,5})h$/i.exec(text.trim())
  if (hours && Number(hours[1]) > 0) return Number(hours[1])
  return days(text) * 24
}

/** Archives know only a span, snapshots only rules: a rule that nothing would follow is refused. */
function keepFields(keep: Keep, format: Plan['format']): Pick<PlanChange, 'keep' | 'keepDays'> {
  if (keep.kind === 'all') return { keepDays: null, keep: null }
  if (format === 'snapshot') return { keepDays: null, keep: keep.rule }
  if (keep.kind === 'rules') throw new UsageError('rulesNeedSnapshot', { what: '--keep' })
  return { keepDays: keep.days, keep: null }
}

/** Rules of single places, by their ids; those of places that are not named stay. */
function keepAtFields(
  given: readonly KeepAt[],
  format: Plan['format'],
  places: readonly Place[],
  before: Plan | undefined,
): Record<string, string> {
  if (format === 'archive') throw new UsageError('rulesNeedSnapshot', { what: '--keep-at' })
  const rules = new Map(Object.entries(before?.keepAt ?? {}))
  for (const { place, rule } of given) {
    const { id } = placeNamed(places, place)
    if (rule === undefined) rules.delete(id)
    else rules.set(id, rule)
  }
  return Object.fromEntries(rules)
}
