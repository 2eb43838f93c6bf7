import { dirname } from 'node:path'
import type { Workspace } from '../../../catalogue/workspace.ts'
import type { Identity } from '../../../delivery/snapshot/identity.ts'
import { repositoryCache } from '../../../delivery/snapshot/repositories.ts'
import { type SealedSession, sessionPaths, writeSealed } from '../../../delivery/snapshot/session-folder.ts'
import { sealObject } from '../../../repository/format/sealed-object.ts'
import { sealSegment } from '../../../repository/format/sealed-segment.ts'
import { encodeSnapshotRoot, type SnapshotRoot } from '../../../repository/format/snapshot-root.ts'
import { sealedCachePath } from '../../../repository/read/sealed-cache.ts'
import type { SessionPack } from './pack-journal.ts'

/** What becomes a snapshot. */
export interface SealInput {
  readonly backupId: string
  readonly identity: Identity
  readonly packs: readonly SessionPack[]
  readonly root: SnapshotRoot
  readonly uses: SealedSession['uses']
  readonly referenceId: string | undefined
}

/** Index segments of about this size can be read and kept one by one. */
const SEGMENT_BYTES = 8 * 1024 * 1024

/** Writes the index segments and the root of a session, and then says that it is complete. From here on it only needs to be delivered. */
export async function sealSession(workspace: Workspace, input: SealInput): Promise<SealedSession> {
  const { backupId, identity, packs, root, uses, referenceId } = input
  const { files, random } = workspace.env
  const paths = sessionPaths(workspace, backupId)
  const cacheFolder = dirname(repositoryCache(workspace, identity.repository.id, 'any'))
  const segments: string[] = []
  for (const entries of inSegments(packs)) {
    const { id, bytes, finder } = sealSegment(identity.keys, entries, random)
    await writeDurably(paths.segment(id), bytes)
    await writeDurably(sealedCachePath(cacheFolder, 'index', id), bytes)
    if (finder) await writeDurably(paths.finder(id), finder)
    segments.push(id)
  }
  const snap = sealObject(identity.keys, 'snap', encodeSnapshotRoot(root), random)
  await writeDurably(paths.snap(snap.id), snap.bytes)
  const session: SealedSession = {
    version: 1,
    backupId,
    repositoryId: identity.repository.id,
    snapId: snap.id,
    segments,
    packs: packs.map(({ packId, sizeBytes }) => ({ packId, sizeBytes })),
    uses,
    ...(referenceId === undefined ? {} : { referenceId }),
  }
  await writeSealed(workspace, session)
  return session

  async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
    await files.mkdir(dirname(path), { mode: 0o700 })
    await files.writeAtomic(path, bytes, { mode: 0o600 })
  }
}

function* inSegments(packs: readonly SessionPack[]): Generator<Uint8Array[]> {
  let entries: Uint8Array[] = []
  let bytes = 0
  for (const { entry } of packs) {
    if (bytes + entry.length > SEGMENT_BYTES && entries.length > 0) {
      yield entries
      entries = []
      bytes = 0
    }
    entries.push(entry)
    bytes += entry.length
  }
  if (entries.length > 0) yield entries
}
