import { useSyncExternalStore } from 'react'

export const pages = [
  'status',
  'backups',
  'sync',
  'databases',
  'restore',
  'explore',
  'places',
  'storage',
  'unprotected',
  'health',
  'activity',
  'settings',
] as const
export type Page = (typeof pages)[number]

/** Where the window is: a page, and what of it (a backup's id, a place's id, `new`). Lives in the address, so Back works. */
export interface Route {
  readonly page: Page
  readonly of: string | undefined
}

/** The route an address such as `#/backups/b_1` means; anything unknown is the status page. */
export function routeOf(hash: string): Route {
  const [page = '', of] = hash.replace(/^#\//, '').split('/')
  return isPage(page)
    ? { page, of: of ? decodeURIComponent(of) : undefined }
    : { page: 'status', of: undefined }
}

/** The address of a page, for links. */
export function addressOf(page: Page, of?: string): string {
  return of ? `#/${page}/${encodeURIComponent(of)}` : `#/${page}`
}

/** Goes to a page. */
export function goTo(page: Page, of?: string): void {
  window.location.hash = addressOf(page, of)
}

/** Where the window is now. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(listen, () => window.location.hash)
  return routeOf(hash)
}

function listen(changed: () => void): () => void {
  window.addEventListener('hashchange', changed)
  return () => window.removeEventListener('hashchange', changed)
}

function isPage(text: string): text is Page {
  return (pages as readonly string[]).includes(text)
}
