import { Readable } from 'node:stream'
import { copiesOf } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import type { BackupRow, CopyRow } from '../model/backup.ts'
import type { Destination } from '../model/destination.ts'
import { EverstowError } from '../model/errors.ts'
import { bodyOfFile } from '../storage/body.ts'
import type { Body, ObjectStore } from '../storage/object-store.ts'
import { archiveKey } from './object-keys.ts'
import type { Places } from './places.ts'
import { spoolPath } from './spool.ts'

/** A body that lies under a key of a store; each `open` is a get of its own. */
export function bodyOfObject(store: ObjectStore, key: string, sizeBytes: number): Body {
  return {
    sizeBytes,
    open: (range) =>
      Readable.from(
        (async function* () {
          const { body } = await store.get(key, range ? { range } : {})
          yield* body
        })(),
        { objectMode: false },
      ),
  }
}

/** Where an archive's bytes can be had for another delivery: the spool, else another place that has a good copy (a local one first). */
export async function archiveBody(
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  exceptDestinationId: string,
): Promise<Body> {
  const path = spoolPath(workspace, backup.filename)
  const stat = await workspace.env.files.stat(path)
  if (stat && stat.sizeBytes === backup.sizeBytes)
    return bodyOfFile(workspace.env.files, path, stat.sizeBytes)
  for (const { copy } of await goodCopies(workspace, backup.id)) {
    if (copy.destinationId === exceptDestinationId) continue
    const store = await places.open(copy.destinationId)
    return bodyOfObject(store, archiveKey(copy.storedName), backup.sizeBytes)
  }
  throw new EverstowError('object-missing', { data: { name: backup.filename }, retry: 'never' })
}

/** Copies that are believed good, the nearest first: local disks, then the others. */
export async function goodCopies(
  workspace: Workspace,
  backupId: string,
): Promise<{ copy: CopyRow; destination: Destination }[]> {
  const { destinations } = await workspace.configuration.read()
  const found = copiesOf(workspace.database, backupId).flatMap((copy) => {
    const destination = destinations.find(({ id }) => id === copy.destinationId)
    return destination && copy.state === 'synced' ? [{ copy, destination }] : []
  })
  return found.sort((a, b) => Number(b.destination.type === 'local') - Number(a.destination.type === 'local'))
}
