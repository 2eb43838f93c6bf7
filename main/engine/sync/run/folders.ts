import type { Lock } from '../../env/node/exclusive-lock.ts'
import { randomHex } from '../../env/random.ts'
import type { SyncedFolder } from '../../model/synced-folder.ts'
import { beNew, identityOf, type OpenFolder, openFolder, type SyncDeps } from './open-folder.ts'

/** Synced folders that are open. Each is used by one process and one call at a time; what another process did meanwhile is read anew. */
export interface Folders {
  /** Does something with a folder that nobody else works with meanwhile. */
  use<T>(folder: SyncedFolder, signal: AbortSignal, work: (open: OpenFolder) => Promise<T>): Promise<T>
  /** Looks at something of a folder that changes nothing, without keeping other processes out: cheap enough for once a second. */
  glance<T>(folder: SyncedFolder, signal: AbortSignal, look: (open: OpenFolder) => Promise<T>): Promise<T>
  /** This computer goes on as another device: somebody else is the one that it was. */
  becomeNew(open: OpenFolder): Promise<void>
  /** Closes a folder that is set up otherwise now, or not at all. */
  leave(folderId: string): Promise<void>
  close(): Promise<void>
}

interface Kept {
  /** What it was opened with; a change opens it anew. */
  readonly as: string
  readonly open: OpenFolder
}

export function createFolders(deps: SyncDeps): Folders {
  const { workspace } = deps
  /** Who opened it: another process, or this one before it was closed, left another sign. */
  const own = randomHex(workspace.env.random, 8)
  const kept = new Map<string, Kept>()
  const busy = new Map<string, Promise<unknown>>()

  async function leave(folderId: string): Promise<void> {
    const known = kept.get(folderId)
    kept.delete(folderId)
    await known?.open.close()
  }

  async function opened(folder: SyncedFolder): Promise<OpenFolder> {
    const as = JSON.stringify(folder)
    const known = kept.get(folder.id)
    if (known && known.as === as && known.open.base.facts.get('user') === own) return known.open
    await leave(folder.id)
    const open = await openFolder(deps, folder)
    open.base.facts.set({ user: own })
    kept.set(folder.id, { as, open })
    return open
  }

  async function alone<T>(folder: SyncedFolder, signal: AbortSignal, work: (open: OpenFolder) => Promise<T>) {
    const lock: Lock = await workspace.lock(`sync-${folder.id}`, `syncing ${folder.folder}`, signal)
    try {
      return await work(await opened(folder))
    } catch (error) {
      // What failed may have left memory and disk apart; the next one reads anew.
      await leave(folder.id)
      throw error
    } finally {
      await lock.release()
    }
  }

  /** One call after the other for each folder. */
  function inTurn<T>({ id }: SyncedFolder, work: () => Promise<T>): Promise<T> {
    const before = busy.get(id) ?? Promise.resolve()
    const mine = before.then(work)
    const settled = mine.catch(() => undefined)
    busy.set(id, settled)
    void settled.then(() => busy.get(id) === settled && busy.delete(id))
    return mine
  }

  return {
    use: (folder, signal, work) => inTurn(folder, () => alone(folder, signal, work)),
    glance: (folder, signal, look) =>
      inTurn(folder, () => {
        const known = kept.get(folder.id)
        return known?.as === JSON.stringify(folder) ? look(known.open) : alone(folder, signal, look)
      }),
    async becomeNew({ folder, base }) {
      const { name } = await identityOf(deps, folder)
      await beNew(deps, folder, base, name)
    },
    leave,
    async close() {
      await Promise.all(busy.values())
      for (const id of [...kept.keys()]) await leave(id)
    },
  }
}
