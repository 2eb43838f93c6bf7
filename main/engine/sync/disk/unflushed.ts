import type { Folder } from '../ports.ts'
import type { FolderOpener, OpenFolder } from './open-folder.ts'

/** Folders in which something was placed that is not durable yet. */
export interface Unflushed {
  /** From here on the folder is among them; once is enough. Throws as opening does. */
  hold(folder: Folder): void
  /** Makes all of it durable, and the names that left the stage. */
  flush(): Promise<void>
}

/** Holds them open, so that each is found again wherever it was moved meanwhile. */
export function createUnflushed(opener: FolderOpener, flushStage: () => void): Unflushed {
  const held = new Map<string, OpenFolder>()
  return {
    hold(folder) {
      if (!held.has(folder.key)) held.set(folder.key, opener.open(folder))
    },
    async flush() {
      const folders = [...held.values()]
      held.clear()
      if (folders.length === 0) return
      const outcomes = await Promise.allSettled(folders.map((folder) => folder.flushSoon()))
      for (const folder of folders) folder.close()
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
      flushStage()
    },
  }
}
