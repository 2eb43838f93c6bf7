import { join } from 'node:path'
import type { Workspace } from '../../catalogue/workspace.ts'
import { packKey } from '../../repository/format/keys-of-objects.ts'
import { openObject } from '../../repository/format/sealed-object.ts'
import { decodeSegment } from '../../repository/format/segment.ts'
import { decodeSnapshotRoot } from '../../repository/format/snapshot-root.ts'
import { createChunkIndex } from '../../repository/index/chunk-index.ts'
import { addSegment } from '../../repository/read/add-segment.ts'
import { createBlockFetcher } from '../../repository/read/block-fetcher.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { rangeReaderOf } from '../../repository/read/range-reader.ts'
import { bodyOfFile } from '../../storage/body.ts'
import { createLocalStore } from '../../storage/local/local-store.ts'
import type { Identity } from './identity.ts'
import { readSealed, sessionPaths } from './session-folder.ts'

/** A snapshot that waits in the spool, readable like one in a destination, as far as its packs are still there. */
export type SpooledSnapshot = Pick<
  Repository,
  'repoId' | 'keys' | 'store' | 'index' | 'fetcher' | 'root' | 'close'
>

/** Packs have no session of their own before they are delivered. */
const NO_SESSION = 0

/**
 * Opens the session of a backup as if its folder were a destination; undefined where nothing waits. `at` is a folder of its own, which the caller removes:
 * packs are linked into it. What the snapshot leans on besides its own packs lies in destinations.
 */
export async function openSpooled(
  workspace: Workspace,
  identity: (repositoryId: string) => Promise<Identity>,
  backupId: string,
  at: string,
): Promise<SpooledSnapshot | undefined> {
  const session = await readSealed(workspace, backupId)
  if (!session) return undefined
  const { files } = workspace.env
  const { keys } = await identity(session.repositoryId)
  const paths = sessionPaths(workspace, backupId)
  const store = await createLocalStore({ path: join(at, backupId), create: true }, workspace.env)
  // Packs that every place in play had by then have left the spool.
  for (const { packId, sizeBytes } of session.packs)
    if (await files.stat(paths.pack(packId)))
      await store.put(packKey(packId, NO_SESSION), bodyOfFile(files, paths.pack(packId), sizeBytes))
  const index = createChunkIndex(0)
  for (const segId of session.segments) {
    const segment = openObject(keys, 'index', await files.readFile(paths.segment(segId)), segId)
    addSegment(index, decodeSegment(segment), NO_SESSION, () => true)
  }
  const fetcher = createBlockFetcher({ keys, index, reader: rangeReaderOf(store, index.packs) })
  return {
    repoId: session.repositoryId,
    keys,
    store,
    index,
    fetcher,
    root: async (snapId) =>
      decodeSnapshotRoot(openObject(keys, 'snap', await files.readFile(paths.snap(snapId)), snapId)),
    close: () => fetcher.close(),
  }
}
