import { watch as watchFolder } from 'node:fs'
import { join } from 'node:path'
import { type Watch, type WatchOrder, WatchRefused } from '../watch.ts'

type Told = (paths: readonly string[]) => void

/** Trees by the system's own means through @parcel/watcher, single folders by Node. */
export const nodeWatch: Watch = {
  async start(order, changed) {
    try {
      return order.deep ? await startTree(order, changed) : await startFolder(order.folder, changed)
    } catch (error) {
      throw new WatchRefused(isLimit(error) ? 'limit' : 'refused', error)
    }
  },
}

async function startTree({ folder, leaveOut, leaveOutNames }: WatchOrder, changed: Told) {
  // Native code, which most processes never need.
  const { subscribe } = await import('@parcel/watcher')
  const subscription = await subscribe(
    folder,
    // An error says that events were lost.
    (error, events) => changed(error ? [folder] : events.map(({ path }) => path)),
    { ignore: [...leaveOut, ...patternOf(leaveOutNames)] },
  )
  // It fails where the folder is gone, and with it what was watched.
  return () => subscription.unsubscribe().catch(() => undefined)
}

async function startFolder(folder: string, changed: Told) {
  const watcher = watchFolder(folder, { persistent: false }, (_event, name) =>
    changed([name === null ? folder : join(folder, name)]),
  )
  // Without a listener it would end the process.
  watcher.on('error', () => changed([folder]))
  return async () => watcher.close()
}

/** Names in any folder. The native part knows ECMAScript's patterns, without flags. */
function patternOf(names: readonly string[]): RegExp[] {
  if (names.length === 0) return []
  const escaped = names.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return [new RegExp(`(?:^|[\\/\\\\])(?:${escaped.join('|')})(?:[\\/\\\\]|$)`)]
}

/** inotify's own words for its limits of watches (ENOSPC) and of instances (EMFILE); @parcel/watcher passes no codes on. */
function isLimit(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return ['ENOSPC', 'EMFILE', 'ENFILE'].includes(code) || /no space left|too many open files/i.test(message)
}
