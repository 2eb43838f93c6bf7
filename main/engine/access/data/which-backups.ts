import { backupsBehind, findBackup, listBackups } from '../../catalogue/backups.ts'
import type { BackupRow } from '../../model/backup.ts'
import { EverstowError } from '../../model/errors.ts'
import type { Asker, BackupRange, BackupsAsked, DataDeps, Which } from './asked.ts'
import { OPEN_GATE } from './gate.ts'
import { isMeantAsSeen } from './visible-sources.ts'

const PAGE = 500
const KNOWN_NAMED = 5

/** Backups with data that somebody may see, newest first. Asked of the catalogue page by page, so whoever wants the newest reads no more. */
export async function* visibleBackups(
  { workspace }: DataDeps,
  { gate, signal }: Asker,
  asked: BackupsAsked = {},
): AsyncGenerator<BackupRow> {
  const { plan, ...filter } = asked
  const isOfPlan = await planFilter({ workspace }, plan)
  const query = { ...definedOnly(filter), isReadable: true }
  for (let last: BackupRow | undefined; ; ) {
    if (signal.aborted) throw new EverstowError('cancelled')
    const backups = backupsBehind(workspace.database, query, PAGE, last)
    for (const backup of backups)
      if (isOfPlan(backup) && gate.admitsBackup(backup) && isMeantAsSeen(gate, backup, asked)) yield backup
    if (backups.length < PAGE) return
    last = backups.at(-1)
  }
}

function definedOnly<Asked extends object>(
  asked: Asked,
): { [Key in keyof Asked]?: Exclude<Asked[Key], undefined> } {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as never
}

const isReadable = ({ state }: BackupRow): boolean => state === 'complete' || state === 'incomplete'

/** By id, or by a name that the plan has now or had then. */
async function planFilter(
  { workspace }: Pick<DataDeps, 'workspace'>,
  plan: string | undefined,
): Promise<(backup: BackupRow) => boolean> {
  if (plan === undefined) return () => true
  const { plans } = await workspace.configuration.read()
  const ids = new Set(plans.flatMap(({ id, name }) => (name === plan ? [id] : [])))
  return ({ planId, planName }) =>
    planId === plan || planName === plan || (planId !== undefined && ids.has(planId))
}

/** The backup that is meant. `unknown-backup`, also for one that may not be seen; `name-ambiguous` where an id may go on in several ways. */
export async function whichBackup(
  deps: DataDeps,
  asker: Asker,
  { backup: id, atMs }: Which,
  range: BackupRange = {},
): Promise<BackupRow> {
  if (id === 'latest') {
    const toMs = atMs === undefined ? range.toMs : Math.min(atMs, range.toMs ?? atMs)
    for await (const backup of visibleBackups(deps, asker, { ...range, toMs })) return backup
    throw new EverstowError('unknown-backup', { data: { id } })
  }
  const exact = findBackup(deps.workspace.database, id)
  if (exact && isReadable(exact) && asker.gate.admitsBackup(exact)) return exact
  const found: BackupRow[] = []
  for await (const backup of visibleBackups(deps, asker)) if (backup.id.startsWith(id)) found.push(backup)
  const [only] = found
  if (!only) throw new EverstowError('unknown-backup', { data: { id } })
  if (found.length === 1) return only
  const known = found.slice(0, KNOWN_NAMED).map((each) => each.id)
  throw new EverstowError('name-ambiguous', { data: { name: id, known: known.join(', ') } })
}

/** A page of the backups that are asked for, and how many there are; where one is named, that one. */
export async function pageOfBackups(
  deps: DataDeps,
  asker: Asker,
  {
    backup,
    limit,
    offset,
    ...asked
  }: BackupsAsked & Partial<Which> & { readonly limit: number; readonly offset: number },
): Promise<{ readonly backups: BackupRow[]; readonly total: number }> {
  if (backup !== undefined) return { backups: [await whichBackup(deps, asker, { backup }, asked)], total: 1 }
  // Whoever may see everything is told by the catalogue; of the others each backup is looked at.
  if (asker.gate === OPEN_GATE && asked.plan === undefined) {
    const { plan: _, ...filter } = asked
    return listBackups(deps.workspace.database, { ...definedOnly(filter), isReadable: true, limit, offset })
  }
  const backups: BackupRow[] = []
  let total = 0
  for await (const backup of visibleBackups(deps, asker, asked)) {
    if (total >= offset && backups.length < limit) backups.push(backup)
    total++
  }
  return { backups, total }
}
