import type { EverstowBridge } from './bridge-link.ts'

/** Whether this window can learn where dropped files lie: in a browser nobody can. */
export function takesDrops(page: Window & { everstow?: EverstowBridge }): boolean {
  return page.everstow !== undefined
}

/** Where dropped files and folders lie, each once; what does not lie on this computer has no path. */
export function droppedPaths(page: Window & { everstow?: EverstowBridge }, files: Iterable<File>): string[] {
  const { everstow } = page
  if (!everstow) return []
  return [...new Set([...files].map((file) => everstow.pathOf(file)).filter((path) => path !== ''))]
}
