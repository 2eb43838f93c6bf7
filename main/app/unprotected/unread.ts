import type { Sentence, Unread } from '../../contract/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import type { Plan } from '../../engine/model/plan.ts'

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
  if (newest?.state !== 'incomplete') return undefined
  const items = engine.backups.skipped(newest.id).filter(({ reason }) => NOT_HELD.includes(reason))
  if (items.length === 0) return undefined
  return {
    planId: plan.id,
    planName: plan.name,
    backupId: newest.id,
    count: items.length,
    items: items.slice(0, NAMED).map(({ path, reason, code }) => ({
      path,
      ...reasonOf(reason, code ?? '', platform),
    })),
  }
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
