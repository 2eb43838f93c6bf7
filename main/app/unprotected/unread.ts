import type { Sentence, Unread } from '../../contract/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import { isInside } from '../../engine/model/inside-folder.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { isPostgresSource } from '../../engine/model/postgres-source.ts'

/** So many are named; the backup names all. */
const NAMED = 100
/** Of these the newest backup holds nothing. What changed while it was read is held as far as it was read; what vanished is nowhere. */
const NOT_HELD = ['unreadable', 'name', 'database']
const REFUSED = ['EACCES', 'EPERM']
const SYSTEMS = ['darwin', 'win32']

/** What the newest backup of a plan could not read, with why and what to do; undefined where it read everything. */
export function unreadOf(
  engine: Engine,
  plan: Plan,
  newest: BackupRow | undefined,
  platform: string,
): Unread | undefined {
  // What somebody has left out since is missed no more.
  const missed = missedBy(engine, plan, newest, platform).filter(
    ({ rule }) => rule === undefined || !plan.exclude.includes(rule),
  )
  if (!newest || missed.length === 0) return undefined
  return {
    planId: plan.id,
    planName: plan.name,
    backupId: newest.id,
    count: missed.length,
    items: missed.slice(0, NAMED).map(({ path, reason, code, rule }) => ({
      path,
      ...reasonOf(reason, code ?? '', platform),
      ...(rule === undefined ? {} : { rule }),
    })),
  }
}

/** Rules that leave out nothing but what the newest backup could not read anyway: with them a plan holds no less. */
export function rulesForUnread(
  engine: Engine,
  plan: Plan,
  newest: BackupRow | undefined,
  platform: string,
): ReadonlySet<string> {
  return new Set(missedBy(engine, plan, newest, platform).flatMap(({ rule }) => rule ?? []))
}

function missedBy(engine: Engine, plan: Plan, newest: BackupRow | undefined, platform: string) {
  if (newest?.state !== 'incomplete') return []
  return engine.backups
    .skipped(newest.id)
    .filter(({ reason }) => NOT_HELD.includes(reason))
    .map((item) => ({ ...item, rule: ruleFor(plan, item.path, platform) }))
}

/** The rule that leaves out a path below a source of a plan, and nothing else. On Windows a backslash separates, and names hold nothing that means more. */
export function ruleFor(
  { sources }: Pick<Plan, 'sources'>,
  path: string,
  platform: string,
): string | undefined {
  const source = sources.find((each) => path !== each && !isPostgresSource(each) && isInside(path, each))
  if (source === undefined) return undefined
  const below = path.slice(source.length)
  return platform === 'win32' ? path : `${source}${below.replace(/[\\*?[\]]/g, '\\$&').replace(/ $/, '\\ ')}`
}

function reasonOf(
  reason: string,
  code: string,
  platform: string,
): { readonly why: Sentence; readonly todo: Sentence } {
  if (reason === 'database') return said('database')
  if (reason === 'name') return said('name')
  if (!REFUSED.includes(code))
    return { ...said('broken'), why: { key: 'unprotected.why.broken', params: { code } } }
  return {
    ...said('refused'),
    todo: { key: `unprotected.todo.refused.${SYSTEMS.includes(platform) ? platform : 'other'}` },
  }
}

function said(what: string): { readonly why: Sentence; readonly todo: Sentence } {
  return { why: { key: `unprotected.why.${what}` }, todo: { key: `unprotected.todo.${what}` } }
}
