import type { Sentence, SyncedFolder } from '../../../main/contract/index.ts'

/** How bad a verdict is, as states show it. */
export type VerdictTone = 'ok' | 'work' | 'calm' | 'warn' | 'bad'

/** What all synced folders together come to: one sentence, and how bad it is. */
export interface SyncVerdict {
  readonly sentence: Sentence
  readonly tone: VerdictTone
}

/** The worst that holds, in the order in which a person has to do something about it. */
export function verdictOf(folders: readonly SyncedFolder[]): SyncVerdict {
  const isIn = (state: SyncedFolder['state']) => (folder: SyncedFolder) => folder.state === state
  const failed = folders.filter((folder) => folder.state === 'failed')
  const held = folders.filter((folder) => folder.held)
  const conflicts = sum(folders, ({ conflicts }) => conflicts)
  const problems = sum(folders, ({ problems }) => problems.length)
  const pending = sum(folders, ({ pendingChanges }) => pendingChanges)
  const verdict = (key: string, tone: VerdictTone, params?: Sentence['params']): SyncVerdict => ({
    sentence: { key: `syncPage.verdict.${key}`, ...(params && { params }) },
    tone,
  })

  if (failed.length > 0)
    return verdict('failed', 'bad', { count: failed.length, name: failed[0]?.name ?? '' })
  if (held.length > 0)
    return verdict('held', 'warn', {
      count: sum(held, (folder) => folder.held?.files ?? 0),
      name: held[0]?.name ?? '',
    })
  if (conflicts > 0) return verdict('conflicts', 'warn', { count: conflicts })
  if (problems > 0) return verdict('problems', 'warn', { count: problems })
  if (folders.some(isIn('syncing'))) return verdict('syncing', 'work')
  if (folders.some(isIn('waiting'))) return verdict('waiting', 'calm')
  if (folders.some(isIn('paused'))) return verdict('paused', 'calm')
  if (folders.some((folder) => folder.state === 'pending' || folder.state === 'new'))
    return pending > 0 ? verdict('pending', 'work', { count: pending }) : verdict('new', 'calm')
  return verdict('synced', 'ok')
}

/** How many things of synced folders wait for a person. */
export function waitingForPerson(folders: readonly SyncedFolder[]): number {
  return sum(folders, ({ conflicts, held }) => conflicts + (held ? 1 : 0))
}

function sum(folders: readonly SyncedFolder[], of: (folder: SyncedFolder) => number): number {
  return folders.reduce((total, folder) => total + of(folder), 0)
}
