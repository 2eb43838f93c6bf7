import type { Backup, CallInput } from '../../../main/contract/index.ts'

/** What a person has chosen so far in the wizard. */
export interface RestoreOrder {
  readonly backup: Backup | undefined
  readonly scope: 'everything' | 'some'
  /** Paths inside the backup; counts only with the scope `some`. */
  readonly paths: readonly string[]
  readonly target: 'new' | 'original' | 'other'
  readonly into: string
  readonly existing: 'rename' | 'skip' | 'replace'
  /** Read from this place; absent: the engine chooses. */
  readonly placeId: string | undefined
}

export const emptyOrder: RestoreOrder = {
  backup: undefined,
  scope: 'everything',
  paths: [],
  target: 'new',
  into: '',
  existing: 'rename',
  placeId: undefined,
}

/** The contract's input for an order; undefined while something is missing. */
export function restoreInputOf(order: RestoreOrder): CallInput<'restore.start'> | undefined {
  const { backup, into } = order
  if (!backup || !into.trim() || (order.scope === 'some' && order.paths.length === 0)) return undefined
  return {
    backupId: backup.id,
    paths: order.scope === 'some' ? [...order.paths] : [],
    into: into.trim(),
    existing: order.existing,
    ...(order.placeId ? { placeId: order.placeId } : {}),
  }
}

/**
 * The folder into which a restore puts everything back where it came from: sources are kept under their own name, so it is the
 * folder that holds them all. Undefined where they come from several folders, or from patterns.
 */
export function originalFolderOf(sources: readonly string[]): string | undefined {
  const parents = new Set(sources.map((source) => source.replace(/[\\/]+$/, '').replace(/[\\/][^\\/]*$/, '')))
  const [parent] = parents
  if (parents.size !== 1 || parent === undefined || sources.some((source) => /[*?[\]{}]/.test(source))) {
    return undefined
  }
  return parent === '' ? '/' : /^[A-Za-z]:$/.test(parent) ? `${parent}\\` : parent
}
