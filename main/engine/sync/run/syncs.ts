import { allHealth } from '../../catalogue/journal.ts'
import { openSyncBook } from '../../catalogue/sync-book.ts'
import { randomHex } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import type { SyncedFolder } from '../../model/synced-folder.ts'
import { lookOnly } from '../cycle.ts'
import { batchesFrom } from '../ports.ts'
import { listSpaces } from '../space/spaces.ts'
import { CloneFound } from './clone-watch.ts'
import { compareSides } from './compare-sides.ts'
import { conflictName } from './conflict-name.ts'
import { rulesOf } from './device-of.ts'
import { addFolder, type FolderDescription, findFolder, removeFolder, updateFolder } from './edit-folders.ts'
import { readStatus } from './folder-status.ts'
import { createFolders } from './folders.ts'
import { createObserver, type SyncCounts } from './observe.ts'
import type { OpenFolder, SyncDeps } from './open-folder.ts'
import { previewIgnore } from './preview-ignore.ts'
import { describeQueue } from './queue.ts'
import { type Keep, reopenConflict, resolveConflict } from './resolve-conflict.ts'
import { type SyncEnd, syncToRest } from './sync-to-rest.ts'
import { isSweptLately, type TidyOptions, tidySpace } from './tidy-space.ts'
import { browse, previewVersion, restoreVersion, versionsOf } from './versions.ts'
import { watchFolder } from './watch-folder.ts'
import { writeText } from './write-text.ts'

/** How a sync is followed. */
export interface SyncWatch {
  readonly signal: AbortSignal
  readonly onProgress?: (counts: SyncCounts, path: string | undefined) => void
}

const DAY_MS = 86_400_000
/** So long decided conflicts are remembered: as long as their contents are. */
const KEPT_MS = 30 * DAY_MS

/** The verbs over folders that are kept the same on several devices. */
export function openSyncs(deps: SyncDeps) {
  const { workspace, repositories } = deps
  const { env, database } = workspace
  const book = openSyncBook(database)
  const folders = createFolders(deps)
  const find = (idOrName: string): Promise<SyncedFolder> => findFolder(workspace, idOrName)
  const newId = (): string => `cf_${randomHex(env.random, 8)}`
  const never = new AbortController().signal

  /** What the last probe of the destination found. */
  const capabilitiesOf = ({ destinationId }: SyncedFolder) =>
    allHealth(database).find((each) => each.destinationId === destinationId)?.capabilities

  /** What of a device depends on the folder's settings and on who asks. */
  function nameLoser(open: OpenFolder): (name: string, attempt: number) => string {
    return (name, attempt) =>
      conflictName(name, attempt, { device: deviceLabel(open.device), atMs: env.clock.now() })
  }

  async function syncOpen(open: OpenFolder, { signal, onProgress = () => {} }: SyncWatch): Promise<SyncEnd> {
    const { folder, parts } = open
    const observer = createObserver(book, folder.id, () => env.clock.now(), newId)
    // Store time less ours.
    const offsetMs = capabilitiesOf(folder)?.clockOffsetMs
    const device = {
      ...parts,
      conflictName: nameLoser(open),
      rules: () => rulesOf(book, folder, env.clock, offsetMs),
      tell: observer.tell,
    }
    const end = await syncToRest({
      folderId: folder.id,
      device,
      book,
      clock: env.clock,
      observer,
      newId,
      leftOut: open.disk.skipped,
      onProgress,
      signal,
    })
    open.syncedHead = end.head
    if (observer.happened > 0) await open.renewMarker()
    book.forgetResolved(env.clock.now() - KEPT_MS)
    tidyOnceADay(open)
    return end
  }

  /** What syncs displaced is kept for its days, and no longer. */
  function tidyOnceADay({ base, disk }: OpenFolder): void {
    const now = env.clock.now()
    const last = Number(base.facts.get('tidied') ?? 0)
    if (now >= last && now - last < DAY_MS) return
    disk.tidyVersions()
    base.facts.set({ tidied: String(now) })
  }

  /** Uses the folder of a conflict. */
  async function atConflict<T>(
    id: string,
    signal: AbortSignal,
    work: (open: OpenFolder, row: NonNullable<ReturnType<typeof book.conflict>>) => Promise<T>,
  ): Promise<T> {
    const row = book.conflict(id)
    if (!row) throw new EverstowError('unknown-conflict', { data: { id } })
    return folders.use(await find(row.folderId), signal, (open) => work(open, row))
  }

  const resolvingOf = (open: OpenFolder) => ({
    book,
    disk: open.disk,
    clock: env.clock,
    conflictName: nameLoser(open),
    writeText: (path: string, text: string) => writeText(open, path, text),
  })

  return {
    book,
    find,
    status: (id: string) => readStatus(book, id),
    /** Spaces that lie in a destination, whether this computer takes part in them or not. */
    async spaces(destinationId: string, signal: AbortSignal) {
      const { store, keys } = await repositories.open(destinationId, { signal })
      return listSpaces(store, keys, env.log.area('sync'))
    },
    add: (description: FolderDescription, signal: AbortSignal) => addFolder(deps, description, signal),
    update: (id: string, change: Parameters<typeof updateFolder>[2]) => updateFolder(deps, id, change),
    async remove(id: string): Promise<void> {
      const folder = await find(id)
      await folders.use(folder, never, async () => undefined).catch(() => undefined)
      await folders.leave(folder.id)
      await removeFolder(deps, folder.id)
      book.forget(folder.id)
    },
    /** Syncs a folder until nothing is left to do. What keeps it from that is in its status. */
    async sync(id: string, watch: SyncWatch): Promise<SyncEnd> {
      const folder = await find(id)
      try {
        return await folders.use(folder, watch.signal, (open) => syncOpen(open, watch))
      } catch (error) {
        if (!(error instanceof CloneFound)) throw error
        env.log
          .area('sync')
          .warn('another computer is this device, too; both are united', { folder: folder.folder })
        await folders.use(folder, watch.signal, folders.becomeNew)
        await folders.leave(folder.id)
        return folders.use(folder, watch.signal, (open) => syncOpen(open, watch))
      }
    },
    /** Whether others wrote something that this device has not seen. */
    async hasNews(id: string, signal: AbortSignal): Promise<boolean> {
      const folder = await find(id)
      return folders.glance(folder, signal, async ({ space, syncedHead }) => {
        if (space.replica.head !== syncedHead) return true
        return (await batchesFrom(space.journal, space.replica.head + 1)).length > 0
      })
    },
    /** Changes here that the others do not have; `undefined` where the folder is in motion. Needs no network. */
    async queue(id: string, signal: AbortSignal) {
      const folder = await find(id)
      return folders.use(folder, signal, async (open) => {
        const device = {
          ...open.parts,
          conflictName: nameLoser(open),
          rules: () => rulesOf(book, folder, env.clock, undefined),
        }
        const operations = (await lookOnly(device)) ?? []
        return describeQueue(open, operations, new Set(book.waiting(folder.id)))
      })
    },
    letWait(id: string, keys: readonly string[]): number {
      return keys.reduce((sum, key) => sum + book.letWait(id, key), 0)
    },
    letGo: (id: string, keys?: readonly string[]): number => book.letGo(id, keys),
    activity: (id: string, limit: number) => book.activity(id, limit),

    conflicts: book.conflicts,
    compare: (conflictId: string, signal: AbortSignal) =>
      atConflict(conflictId, signal, (open, row) => compareSides(open, row, signal)),
    resolve: (conflictId: string, keep: Keep, text: string | undefined, signal: AbortSignal) =>
      atConflict(conflictId, signal, async (open, row) => {
        const merged = keep === 'merged' ? (text ?? (await cleanMerge(open, row, signal))) : undefined
        await resolveConflict(resolvingOf(open), row, keep, merged)
        return row.folderId
      }),
    reopen: (conflictId: string, signal: AbortSignal) =>
      atConflict(conflictId, signal, (open, row) => reopenConflict(resolvingOf(open), row)),
    decide: (id: string, heldId: string, decision: 'approve' | 'restore'): boolean =>
      book.decide(id, heldId, decision),

    browse: async (id: string, path: string, withDeleted: boolean, signal: AbortSignal) =>
      folders.use(await find(id), signal, (open) => browse(open, path, withDeleted)),
    versions: async (id: string, path: string, signal: AbortSignal) =>
      folders.use(await find(id), signal, (open) => versionsOf(open, path)),
    preview: async (id: string, path: string, slot: number, signal: AbortSignal) =>
      folders.use(await find(id), signal, (open) => previewVersion(open, path, slot, signal)),
    restore: async (
      id: string,
      order: { readonly path: string; readonly slot?: number; readonly as?: string },
      signal: AbortSignal,
    ) => folders.use(await find(id), signal, (open) => restoreVersion(open, order)),

    previewIgnore,

    /** Reads what the space keeps back. */
    check: async (id: string, deep: boolean, signal: AbortSignal) =>
      folders.use(await find(id), signal, async ({ space }) => {
        const { files } = await space.verify({ deep, signal })
        const packs = [...space.parts.holdings.packs.values()]
        const bytes = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
        return { packs: packs.length, bytes, damaged: files.map(({ path }) => path) }
      }),
    /** Removes from the space what no version needs any more, and old versions from the folder. */
    tidy: async (id: string, options: TidyOptions) =>
      folders.use(await find(id), options.signal, (open) => tidySpace(open, options)),
    /** Whether tidying is of use: `later` while something waits for a person, `no` where the place lets us delete nothing, or a device did it lately. */
    async tidyWish(id: string, withinMs: number, signal: AbortSignal): Promise<'now' | 'later' | 'no'> {
      const folder = await find(id)
      if (readStatus(book, folder.id).state !== 'synced') return 'later'
      if (capabilitiesOf(folder)?.deletes === false) return 'no'
      const isDone = (open: OpenFolder) => isSweptLately(open, withinMs, env.clock.now())
      return (await folders.use(folder, signal, isDone)) ? 'no' : 'now'
    },
    watch: (folder: SyncedFolder, changed: () => void) => watchFolder(env, folder, changed),
    leave: folders.leave,
    close: folders.close,
  }

  async function cleanMerge(open: OpenFolder, row: Parameters<typeof compareSides>[1], signal: AbortSignal) {
    const { merged } = await compareSides(open, row, signal)
    if (!merged?.isClean)
      throw new EverstowError('not-supported', { data: { what: 'merge', path: row.path } })
    return merged.text
  }
}

/** The name of a device as people know it: the journal's name without what tells it from others. */
export const deviceLabel = (device: string): string => device.replace(/~[^~]*$/, '')
