import type { BackupRow } from '../model/backup.ts'
import type { ArchiveReaders, ArchiveVersion } from './archive/readers.ts'
import { type Found, type FoundVersion, newestMs, type SnapshotReaders } from './snapshot/readers.ts'

/** Who reads backups of either form. */
export interface Readers {
  readonly snapshots: SnapshotReaders
  readonly archives: ArchiveReaders
}

/** So much of snapshots is read at most to know whether archives hold the same; beyond it what may be one version is shown as two. */
const COMPARED_BYTES = 64 * 1024 * 1024

/** Files and folders by name, over all archives and snapshots, in the order of their paths. A place that is away takes only what is there alone out of it. */
export async function findAnywhere(
  { snapshots, archives }: Readers,
  name: string,
  limit: number,
  signal: AbortSignal,
): Promise<Found> {
  const inArchives = await archives.find(name, limit, signal)
  const inSnapshots = await snapshots.find(name, limit, signal)
  const versions = [...inArchives.versions, ...inSnapshots.versions]
  versions.sort((a, b) => compare(a.path, b.path) || newestMs(b) - newestMs(a))
  const unsearched = new Set([...inArchives.unsearched, ...inSnapshots.unsearched])
  return { versions: versions.slice(0, limit), unsearched: [...unsearched] }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The versions of a file over all backups, newest first: those of the same source as the backup that is asked. Equal contents are one version, whichever form
 * the backups have.
 */
export async function versionsAnywhere(
  readers: Readers,
  asked: BackupRow,
  path: string,
  signal: AbortSignal,
): Promise<FoundVersion[]> {
  const { snapshots, archives } = readers
  const digests = new Map<string, string | undefined>()
  let leftBytes = COMPARED_BYTES
  const isAsked = (backup: BackupRow) => isSameSource(asked, backup, path)
  const inSnapshots =
    asked.format === 'snapshot'
      ? await snapshots.versions(asked, path, signal)
      : await snapshots.versionsAnywhere(path, isAsked, signal)
  const versions: FoundVersion[] = [...inSnapshots]
  for (const version of await archives.versions(asked, path, isAsked, signal)) {
    const same = await sameIn(version)
    if (!same) versions.push(version)
    else versions[versions.indexOf(same)] = merged(same, version)
  }
  return versions.sort((a, b) => newestMs(b) - newestMs(a))

  async function sameIn({ sha256, sizeBytes }: ArchiveVersion): Promise<FoundVersion | undefined> {
    if (sha256 === undefined) return undefined
    for (const version of versions) {
      const newest = version.backups.find(({ format }) => format === 'snapshot')
      if (!newest || version.sizeBytes !== sizeBytes) continue
      if ((await digestOf(newest, sizeBytes)) === sha256) return version
    }
    return undefined
  }

  /** A place that does not answer leaves two versions that may be one. */
  async function digestOf(backup: BackupRow, sizeBytes: number): Promise<string | undefined> {
    if (digests.has(backup.id)) return digests.get(backup.id)
    if (sizeBytes > leftBytes) return undefined
    leftBytes -= sizeBytes
    const digest = await snapshots.digest(backup, path, signal).catch(() => undefined)
    digests.set(backup.id, digest)
    return digest
  }
}

function merged(one: FoundVersion, other: FoundVersion): FoundVersion {
  const newest = newestMs(one) >= newestMs(other) ? one : other
  const backups = [...one.backups, ...other.backups].sort((a, b) => b.createdMs - a.createdMs)
  return { ...newest, backups }
}

/** Whether a path means the same thing in both: it comes from the same source, as far as both say where it comes from. */
function isSameSource(one: BackupRow, other: BackupRow, path: string): boolean {
  const [a, b] = [sourceOf(one, path), sourceOf(other, path)]
  return a === undefined || b === undefined || a === b
}

function sourceOf({ roots }: BackupRow, path: string): string | undefined {
  return roots.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))?.source
}
