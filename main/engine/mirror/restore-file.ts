import { isAbsolute } from 'node:path'
import type { Clock } from '../env/clock.ts'
import { mkdirSync } from '../env/node/sync-files.ts'
import type { Random } from '../env/random.ts'
import { EverstowError, hasCode } from '../model/errors.ts'
import type { Mirror } from '../model/mirror.ts'
import { shownPath } from '../sources/files/fs-path.ts'
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts'
import { fetchFile } from './fetch-file.ts'
import { openLocalFolder } from './local-folder.ts'
import { fileKey, placeIn, versionsKey } from './names.ts'
import { type KeptObject, listFiles, listVersions } from './objects.ts'

/** A file as it lies in a destination, or a version of one. */
export interface MirroredFile {
  readonly path: string
  readonly sizeBytes: number
  /** When it was put there; for a version, when it was put aside. Milliseconds since 1970. */
  readonly atMs: number
  /** Names the version; absent: the file as it is now. */
  readonly version?: string
}

export interface RestoreOrder {
  readonly path: string
  /** Absent: the file as it lies there now, else its newest version. */
  readonly version?: string
  /** An absolute path; absent: the mirror's own folder. */
  readonly into?: string
}

/** Files and versions of a path and below it; empty: of everything. */
export async function filesOf(
  store: ObjectStore,
  prefix: string,
  path: string,
  signal: AbortSignal,
): Promise<MirroredFile[]> {
  const bare = path.replace(/^\/+|\/+$/g, '')
  const isWithin = (each: string) => bare === '' || each === bare || each.startsWith(`${bare}/`)
  const files: MirroredFile[] = []
  for (const [each, { sizeBytes, modifiedMs }] of await listFiles(store, prefix, signal))
    if (isWithin(each)) files.push({ path: each, sizeBytes, atMs: modifiedMs })
  const versions = await listVersions(store, prefix, signal, bare === '' ? undefined : bare)
  return [...files, ...versions.map(({ key: _, ...kept }) => kept)].sort(byPathAndTime)
}

/** Brings one file back and gives where it is. Throws `object-missing` where there is none of that path and version. */
export async function restoreFile(
  run: {
    readonly store: ObjectStore
    readonly clock: Clock
    readonly random: Random
    readonly mirror: Mirror
  },
  { path, version, into }: RestoreOrder,
  signal: AbortSignal,
): Promise<string> {
  const { store, clock, random, mirror } = run
  const root = into ?? mirror.folder
  const place = placeIn(root, path)
  if (!isAbsolute(root) || place === undefined)
    throw new EverstowError('invalid-input', { data: { field: 'path', value: path } })
  const info = await findObject(store, mirror.prefix, path, version, signal)
  mkdirSync(root, { recursive: true })
  const folder = openLocalFolder(root, clock, random)
  const { staged } = await fetchFile(store, info, folder, signal)
  if (folder.place(staged, path) === 'placed') return shownPath(place)
  folder.drop(staged)
  throw new EverstowError('object-exists', { data: { key: path } })
}

async function findObject(
  store: ObjectStore,
  prefix: string,
  path: string,
  version: string | undefined,
  signal: AbortSignal,
): Promise<ObjectInfo> {
  if (version !== undefined) return store.head(`${versionsKey(prefix, path)}/${version}`, signal)
  try {
    return await store.head(fileKey(prefix, path), signal)
  } catch (error) {
    if (!hasCode(error, 'object-missing')) throw error
    const own = (kept: KeptObject) => kept.path === path
    const newest = (await listVersions(store, prefix, signal, path)).filter(own).at(-1)
    if (!newest) throw error
    return store.head(newest.key, signal)
  }
}

function byPathAndTime(one: MirroredFile, other: MirroredFile): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1
  if (one.version === undefined || other.version === undefined) return one.version === undefined ? -1 : 1
  return other.atMs - one.atMs
}
