import { sep } from 'node:path'
import { type Watch, WatchRefused } from '../watch.ts'

/** Changes that are told by hand. */
export interface FakeWatch extends Watch {
  /** Set: every start is refused. */
  refusal: WatchRefused['reason'] | undefined
  /** Nobody is told anything: what a system that lost its events does. */
  isSilent: boolean
  /** Folders that are being watched. */
  watched(): readonly string[]
  /** Tells whoever watches these paths. */
  touch(...paths: string[]): void
}

export function createFakeWatch(): FakeWatch {
  const listeners = new Set<{
    readonly folder: string
    readonly concerns: (path: string) => boolean
    readonly changed: (paths: readonly string[]) => void
  }>()

  const watch: FakeWatch = {
    refusal: undefined,
    isSilent: false,
    watched: () => [...listeners].map(({ folder }) => folder).toSorted(),
    touch(...paths) {
      if (watch.isSilent) return
      for (const { concerns, changed } of listeners) {
        const told = paths.filter(concerns)
        if (told.length > 0) changed(told)
      }
    },
    async start({ folder, deep, leaveOut, leaveOutNames }, changed) {
      if (watch.refusal) throw new WatchRefused(watch.refusal, undefined)
      const concerns = (path: string): boolean => {
        if (path === folder) return true
        if (!path.startsWith(folder + sep) || leaveOut.some((out) => `${path}${sep}`.startsWith(out + sep)))
          return false
        const names = path.slice(folder.length + 1).split(sep)
        return (deep || names.length === 1) && !names.some((name) => leaveOutNames.includes(name))
      }
      const listener = { folder, concerns, changed }
      listeners.add(listener)
      return async () => void listeners.delete(listener)
    },
  }
  return watch
}
