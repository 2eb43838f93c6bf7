/** What of the sync page an address names: `#/sync/…`. */
export type SyncStop =
  | { readonly at: 'folders' }
  | { readonly at: 'new' }
  | { readonly at: 'figures' }
  /** `of`: a mirror's id, or `new`. */
  | { readonly at: 'mirrors'; readonly of?: string }
  | { readonly at: 'conflicts'; readonly conflictId?: string }
  | { readonly at: 'folder'; readonly id: string; readonly tab: FolderTab }

export const folderTabs = ['files', 'queue', 'activity'] as const
export type FolderTab = (typeof folderTabs)[number]

/** The stop an address names, as `mirrors`, `mirrors/<id>`, `figures`, `conflicts`, `conflicts/<id>`, `new`, `<folder>` or `<folder>/<tab>`. */
export function stopOf(of: string | undefined): SyncStop {
  const [first = '', second] = (of ?? '').split('/')
  if (first === '') return { at: 'folders' }
  if (first === 'figures') return { at: 'figures' }
  if (first === 'new') return { at: 'new' }
  if (first === 'mirrors') return { at: 'mirrors', ...(second && { of: second }) }
  if (first === 'conflicts') return { at: 'conflicts', ...(second && { conflictId: second }) }
  return { at: 'folder', id: first, tab: folderTabs.find((tab) => tab === second) ?? 'files' }
}
