import type { SyncConflict } from '../../../../main/contract/index.ts'

/** The key of the sentence that says what happened; it takes `name` and `device`. */
export function conflictKey({ there }: Pick<SyncConflict, 'there'>): string {
  return there.device === undefined ? 'syncPage.conflicts.both' : 'syncPage.conflicts.bothDevice'
}
